import {
  type SocketRow,
  type SocketSource,
  type TableReading,
  TCP_CLOSE,
} from '../kernel/socket-row.ts';
import type { PortRange, PortSettings } from '../kernel/sysctl.ts';
import { Endpoints } from '../pools/endpoints.ts';
import { NO_INQUIRY, SocketInquiry } from '../pools/inquiry.ts';
import { PortMemory } from '../pools/port-memory.ts';
import { TcpCensus } from '../pools/tcp-census.ts';
import { SlowQuestions } from './slow-questions.ts';

/** A census of all rows that were visited; not closed yet. */
export interface TcpReading {
  readonly census: TcpCensus;
  readonly table: TableReading;
}

/** Counts the TCP sockets of one namespace by one source, and remembers what the next poll must know. */
export class TcpReader {
  readonly #endpoints = new Endpoints();
  readonly #slowQuestions = new SlowQuestions();
  #memory: PortMemory | undefined;

  /**
   * Counts once more where a row told that others, counted before it, are inbound: the accepted sockets
   * of a listener that no poll saw. Throws `KernelError`.
   */
  read(source: SocketSource, settings: PortSettings, nowMs: number): TcpReading {
    const asksSlowly = this.#slowQuestions.isDue(nowMs);
    const first = this.#pass(source, settings, { nowMs, asksSlowly, before: this.#memory });
    const { surprises } = first.census;
    if (surprises.size === 0) return first;
    const before = this.#memory ?? PortMemory.presuming(surprises);
    before.presumeListening(surprises);
    return this.#pass(source, settings, { nowMs, asksSlowly, before });
  }

  /** Ends a reading; the next goes on from it. */
  close({ census }: TcpReading): void {
    this.#memory = census.close();
  }

  #pass(source: SocketSource, settings: PortSettings, pass: Pass): TcpReading {
    const { nowMs, before } = pass;
    const inquiry = source.inspector ? new SocketInquiry(source.inspector) : NO_INQUIRY;
    const census = new TcpCensus(settings, {
      nowMs,
      before,
      endpoints: this.#endpoints,
      inquiry,
    });
    const asks = pass.asksSlowly && source.readExplicit !== undefined;
    const table = asks
      ? this.#visitAll(source, settings.range, nowMs, census)
      : this.#visitHashed(source, settings.range, census);
    return { census, table };
  }

  /** The census must know which ports are bound before it sees who else is on them. */
  #visitAll(
    source: SocketSource,
    range: PortRange,
    nowMs: number,
    census: TcpCensus,
  ): TableReading {
    const startMs = performance.now();
    const explicit = (row: SocketRow): void => {
      census.visitExplicit(row);
    };
    source.readExplicit?.('tcp', explicit, range);
    this.#slowQuestions.asked(nowMs, performance.now() - startMs);
    const visit = (row: SocketRow): void => {
      if (row.state === TCP_CLOSE) this.#slowQuestions.rememberIdle(row);
      census.visit(row);
    };
    return source.readTcp(visit, range, true);
  }

  #visitHashed(source: SocketSource, range: PortRange, census: TcpCensus): TableReading {
    const visit = (row: SocketRow): void => {
      census.visit(row);
    };
    this.#slowQuestions.recallIdle(visit);
    return source.readTcp(visit, range, false);
  }
}

interface Pass {
  readonly nowMs: number;
  /** Whether the slow questions are asked. */
  readonly asksSlowly: boolean;
  readonly before: PortMemory | undefined;
}
