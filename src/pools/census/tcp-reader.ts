import type { Family } from '../../kernel/address.ts';
import {
  type SocketRow,
  type SocketSource,
  type TableReading,
  TCP_CLOSE,
} from '../../kernel/socket-row.ts';
import { bindPools } from '../bind.ts';
import { ConnectPools } from '../connect.ts';
import { FailedEndpoints } from '../failed-endpoints.ts';
import { rangePool } from '../range.ts';
import { SharedTickets } from '../shared-pools.ts';
import { Endpoints } from '../tables/endpoints.ts';
import { JudgedAddresses } from '../judgement/judged-addresses.ts';
import { RowBuffer } from '../tables/row-buffer.ts';
import type { Census, CensusInput, CensusReader, CensusReading } from './census.ts';
import { type ExpensiveDump, ExpensiveDumps } from './expensive-dumps.ts';
import type { NewTimeWaits } from './new-time-waits.ts';
import { OpensCounter } from './opens-counter.ts';
import { PortMemory } from '../judgement/port-memory.ts';
import { ServiceCensus } from '../services/service-census.ts';
import type { ServiceReading } from '../services/service-reading.ts';
import { InspectorProbe, NO_PROBE } from './socket-probe.ts';
import { TcpCensus } from './tcp-census.ts';

/** The TCP pools of one namespace, with the census that they were made from. */
export interface TcpReading extends CensusReading {
  /** Finished. */
  readonly census: TcpCensus;
  readonly connect: ConnectPools;
  /** Without `ipv6` where the kernel has no IPv6 sockets. */
  readonly families: readonly Family[];
  /** Undefined where no service port is known. */
  readonly services: ServiceReading | undefined;
  finish(): void;
}

/** One pass over the tables; the census is not finished yet. */
interface Pass {
  readonly census: TcpCensus;
  readonly services: ServiceCensus | undefined;
  readonly newTimeWaits: NewTimeWaits;
  readonly table: TableReading;
  /** Only where the expensive dumps were taken in this pass. */
  readonly dump?: ExpensiveDump;
}

/** How long the inspection of a socket holds for its endpoint: routes and peers change. Chosen, not measured. */
const INSPECTION_LIFE_MS = 60_000;

/** Passes over all rows at one poll, at most; each but the last shows one kind of error. Chosen, not measured. */
const MAX_PASSES = 4;

/** Counts the TCP sockets of one namespace by one source, and keeps from poll to poll what the next one needs. */
class TcpReader implements CensusReader {
  readonly #namespaceId: number;
  readonly #bindTickets = new SharedTickets();
  readonly #rangeTickets = new SharedTickets();
  readonly #endpoints = new Endpoints();
  readonly #judged = new JudgedAddresses();
  readonly #expensiveDumps = new ExpensiveDumps();
  readonly #opens = new OpensCounter();
  #memory: PortMemory | undefined;
  #inspectedAtMs = 0;

  /** With `before`, the pools of that reader go on with their history, and its memory of rows does not. */
  constructor(namespaceId: number, before?: TcpReader) {
    this.#namespaceId = namespaceId;
    if (before === undefined) return;
    this.#bindTickets = before.#bindTickets;
    this.#rangeTickets = before.#rangeTickets;
    this.#endpoints = before.#endpoints;
    this.#judged = before.#judged;
  }

  /**
   * Counts, and counts anew where all rows together showed that some were taken for what they are not: accepted sockets
   * of a listener that closed before any poll saw it, or rows at a local address that must be judged. Throws
   * `KernelError`.
   */
  read(input: CensusInput): TcpReading {
    this.#expireInspections(input.nowMs);
    const takesDumps = this.#isDumpDue(input);
    let before = this.#memory;
    for (let passes = 1; ; passes += 1) {
      const pass = this.#pass(input, takesDumps, before);
      if (!pass.census.review() || passes === MAX_PASSES) return this.#finish(pass, input);
      const { misclassifiedPorts } = pass.census;
      if (misclassifiedPorts.size === 0) continue;
      before ??= PortMemory.blank();
      before.assumeListening(misclassifiedPorts, !input.settings.bindV6Only);
    }
  }

  #expireInspections(nowMs: number): void {
    if (nowMs - this.#inspectedAtMs < INSPECTION_LIFE_MS) return;
    this.#endpoints.forgetInspections();
    this.#inspectedAtMs = nowMs;
  }

  #isDumpDue({ source, settings, nowMs }: CensusInput): boolean {
    return listsBound(source) && this.#expensiveDumps.isDue(nowMs, settings.range);
  }

  #pass(input: CensusInput, takesDumps: boolean, before: PortMemory | undefined): Pass {
    const { source, settings, budget, nowMs } = input;
    const services = input.services && new ServiceCensus(input.services, settings, budget);
    const probe = source.inspector ? new InspectorProbe(source.inspector) : NO_PROBE;
    const endpoints = this.#endpoints;
    const judged = this.#judged;
    const listsExplicit = listsBound(source);
    const newTimeWaits = this.#opens.begin(settings.range);
    const census = new TcpCensus(settings, budget, {
      nowMs,
      before,
      endpoints,
      judged,
      listsExplicit,
      services,
      probe,
      newTimeWaits,
    });
    const pass = { census, services, newTimeWaits };
    return takesDumps
      ? { ...pass, ...visitWithDumps(input, census) }
      : { ...pass, table: this.#visitWithoutDumps(input, census) };
  }

  /** Visits the idle sockets of the last dump, then the rows of the socket tables. */
  #visitWithoutDumps({ source, settings }: CensusInput, census: TcpCensus): TableReading {
    this.#expensiveDumps.visitIdle((row) => {
      census.visitIdle(row);
    });
    const visit = (row: SocketRow): void => {
      census.visit(row);
    };
    census.outbound.newTimeWaits.start();
    return source.readTcp(visit, settings.range, false);
  }

  #finish(pass: Pass, { failures, nowMs, settings }: CensusInput): TcpReading {
    const { census, services, newTimeWaits, table, dump } = pass;
    const times = newTimeWaits.end();
    const memory = census.finish();
    const id = this.#namespaceId;
    const failed = new FailedEndpoints(failures, this.#endpoints);
    const connect = new ConnectPools(census, id, failed);
    const families = table.ipv6 ? (['ipv4', 'ipv6'] as const) : (['ipv4'] as const);
    const bind = bindPools(census, families, id, { tickets: this.#bindTickets, failed });
    census.bindConflicts.release();
    return {
      census,
      connect,
      families,
      services: services?.reading(),
      views: [connect, bind, rangePool(census, connect, id, this.#rangeTickets)],
      rows: table.rows,
      malformedRows: table.malformedRows,
      finish: () => {
        this.#memory = memory;
        const { malformedRows } = table;
        this.#opens.finish(this.#endpoints, { times, range: settings.range, malformedRows });
        services?.keep(nowMs);
        if (dump !== undefined) this.#expensiveDumps.keep(dump);
      },
    };
  }
}

/** TCP, from either source of rows. `sockstat` bounds its sockets, except those that are bound and idle. */
export const TCP_CENSUS = {
  protocol: 'tcp',
  open: (namespaceId: number, before?: TcpReader) => new TcpReader(namespaceId, before),
  socketsAtMost: (_net, { tcpInUse, timeWait }) => tcpInUse + timeWait,
} satisfies Census;

/** Explicitly bound rows come first: the census must know those ports before it sees other rows on them. */
function visitWithDumps(
  { source, settings, nowMs }: CensusInput,
  census: TcpCensus,
): Required<Pick<Pass, 'table' | 'dump'>> {
  const { range } = settings;
  const startMs = cpuMs();
  const explicit = (row: SocketRow): void => {
    census.visitExplicit(row);
  };
  const idle = new RowBuffer();
  const visit = (row: SocketRow): void => {
    if (row.state === TCP_CLOSE) idle.push(row);
    census.visit(row);
  };
  source.readExplicit?.('tcp', explicit, range);
  source.readIdle?.(visit, range);
  const walks = source.readIdle === undefined ? WALKS : 1;
  const costMs = walks * (cpuMs() - startMs);
  census.outbound.newTimeWaits.start();
  const table = source.readTcp(visit, range, true);
  return { table, dump: { takenAtMs: nowMs, range, costMs, idle } };
}

function listsBound(source: SocketSource): boolean {
  return source.readExplicit !== undefined || source.readIdle !== undefined;
}

/**
 * Where idle sockets are not asked for alone, two dumps are paid for and one is timed: the walk for idle sockets is part of
 * the dump of all rows and cannot be timed alone. It visits as many sockets as the walk for explicit ports, and is taken to
 * cost the same.
 */
const WALKS = 2;

/** CPU time of this thread where Node.js tells it (from 22.19 and 23.9 on), else the time of the clock. */
function cpuMs(): number {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage };
  if (threadCpuUsage === undefined) return performance.now();
  const { user, system } = threadCpuUsage.call(process);
  return (user + system) / 1000;
}
