import {
  type SocketRow,
  type SocketSource,
  type TableReading,
  TCP_CLOSE,
} from '../../kernel/socket-row.ts';
import type { PortRange, PortSettings } from '../../kernel/proc/sysctl.ts';
import { Endpoints } from '../tables/endpoints.ts';
import { NO_PROBE, InspectorProbe } from './socket-probe.ts';
import { PortMemory } from './port-memory.ts';
import { RowBuffer } from '../tables/row-buffer.ts';
import { TcpCensus } from './tcp-census.ts';
import { type ExpensiveDump, ExpensiveDumps } from './expensive-dumps.ts';

/** A census of all rows that were visited; not closed yet. */
export interface TcpReading {
  readonly census: TcpCensus;
  readonly table: TableReading;
  /** Where the slow questions were asked. */
  readonly slow?: ExpensiveDump;
}

interface Pass {
  readonly nowMs: number;
  /** Whether the slow questions are asked. */
  readonly dumpsAll: boolean;
  readonly before: PortMemory | undefined;
}

/** How long what single sockets said of their endpoints is believed. */
const BELIEVED_MS = 60_000;

/** Counts the TCP sockets of one namespace by one source, and remembers what the next poll must know. */
export class TcpReader {
  readonly #endpoints = new Endpoints();
  readonly #expensiveDumps = new ExpensiveDumps();
  #memory: PortMemory | undefined;
  #askedAllMs = 0;

  /**
   * Counts once more where a row told that others, counted before it, are inbound: the accepted sockets
   * of a listener that no poll saw. Throws `KernelError`.
   */
  read(source: SocketSource, settings: PortSettings, nowMs: number): TcpReading {
    this.#doubtInspections(nowMs);
    const dumpsAll =
      source.readExplicit !== undefined && this.#expensiveDumps.isDue(nowMs, settings.range);
    const first = this.#pass(source, settings, { nowMs, dumpsAll, before: this.#memory });
    const { misclassifiedPorts } = first.census;
    if (misclassifiedPorts.size === 0) return first;
    const before = this.#memory ?? PortMemory.blank();
    before.presumeListening(misclassifiedPorts, !settings.bindV6Only);
    return this.#pass(source, settings, { nowMs, dumpsAll, before });
  }

  /** Ends a reading of a poll that went well; the next goes on from it. */
  close({ census, slow }: TcpReading): void {
    this.#memory = census.close();
    if (slow !== undefined) this.#expensiveDumps.keep(slow);
  }

  #doubtInspections(nowMs: number): void {
    if (nowMs - this.#askedAllMs < BELIEVED_MS) return;
    this.#endpoints.forgetInspections();
    this.#askedAllMs = nowMs;
  }

  #pass(source: SocketSource, settings: PortSettings, pass: Pass): TcpReading {
    const { nowMs, before, dumpsAll } = pass;
    const probe = source.inspector ? new InspectorProbe(source.inspector) : NO_PROBE;
    const endpoints = this.#endpoints;
    const census = new TcpCensus(settings, { nowMs, before, endpoints, probe });
    return dumpsAll
      ? visitAll(source, settings.range, nowMs, census)
      : { census, table: this.#visitHashed(source, settings.range, census) };
  }

  #visitHashed(source: SocketSource, range: PortRange, census: TcpCensus): TableReading {
    this.#expensiveDumps.recallIdle((row) => {
      census.visitIdle(row);
    });
    const visit = (row: SocketRow): void => {
      census.visit(row);
    };
    return source.readTcp(visit, range, false);
  }
}

/** The census must know which ports are bound before it sees who else is on them. */
function visitAll(
  source: SocketSource,
  range: PortRange,
  nowMs: number,
  census: TcpCensus,
): TcpReading {
  const startMs = performance.now();
  const explicit = (row: SocketRow): void => {
    census.visitExplicit(row);
  };
  source.readExplicit?.('tcp', explicit, range);
  const costMs = WALKS * (performance.now() - startMs);
  const idle = new RowBuffer();
  const visit = (row: SocketRow): void => {
    if (row.state === TCP_CLOSE) idle.push(row);
    census.visit(row);
  };
  const table = source.readTcp(visit, range, true);
  return { census, table, slow: { takenAtMs: nowMs, range, costMs, idle } };
}

/** The walk for idle sockets, within another, costs about what the one for explicit ports does. */
const WALKS = 2;
