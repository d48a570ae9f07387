import type { Family } from '../../kernel/address.ts';
import { type SocketRow, type TableReading, TCP_CLOSE } from '../../kernel/socket-row.ts';
import { bindPools } from '../bind.ts';
import { ConnectPools } from '../connect.ts';
import { SharedTickets } from '../shared-pools.ts';
import { Endpoints } from '../tables/endpoints.ts';
import { RowBuffer } from '../tables/row-buffer.ts';
import type { Census, CensusInput, CensusReader, CensusReading } from './census.ts';
import { type ExpensiveDump, ExpensiveDumps } from './expensive-dumps.ts';
import { PortMemory } from './port-memory.ts';
import { InspectorProbe, NO_PROBE } from './socket-probe.ts';
import { TcpCensus } from './tcp-census.ts';

/** The TCP sockets of one namespace, as pools, with what else is told of them. */
export interface TcpReading extends CensusReading {
  /** Finished. */
  readonly census: TcpCensus;
  readonly connect: ConnectPools;
  readonly families: readonly Family[];
  finish(): void;
}

/** One pass over the tables; the census is not finished yet. */
interface Pass {
  readonly census: TcpCensus;
  readonly table: TableReading;
  /** Where the expensive dumps were taken. */
  readonly dump?: ExpensiveDump;
}

/** How long what the kernel said of single sockets holds for their endpoint: routes and peers change. */
const INSPECTION_LIFE_MS = 60_000;

/** Counts the TCP sockets of one namespace by one source, and remembers what the next poll must know. */
class TcpReader implements CensusReader {
  readonly #namespaceId: number;
  readonly #tickets = new SharedTickets();
  readonly #endpoints = new Endpoints();
  readonly #expensiveDumps = new ExpensiveDumps();
  #memory: PortMemory | undefined;
  #inspectedAtMs = 0;

  constructor(namespaceId: number) {
    this.#namespaceId = namespaceId;
  }

  /**
   * Counts once more where a row told that others, counted before it, are inbound: the accepted sockets
   * of a listener that no poll saw. Throws `KernelError`.
   */
  read(input: CensusInput): TcpReading {
    this.#expireInspections(input.nowMs);
    const dumpsAll = this.#isDumpDue(input);
    const first = this.#pass(input, dumpsAll, this.#memory);
    const { misclassifiedPorts } = first.census;
    if (misclassifiedPorts.size === 0) return this.#finish(first);
    const before = this.#memory ?? PortMemory.blank();
    before.presumeListening(misclassifiedPorts, !input.settings.bindV6Only);
    return this.#finish(this.#pass(input, dumpsAll, before));
  }

  #expireInspections(nowMs: number): void {
    if (nowMs - this.#inspectedAtMs < INSPECTION_LIFE_MS) return;
    this.#endpoints.forgetInspections();
    this.#inspectedAtMs = nowMs;
  }

  #isDumpDue({ source, settings, nowMs }: CensusInput): boolean {
    return source.readExplicit !== undefined && this.#expensiveDumps.isDue(nowMs, settings.range);
  }

  #pass(input: CensusInput, dumpsAll: boolean, before: PortMemory | undefined): Pass {
    const { source, settings, budget, nowMs } = input;
    const probe = source.inspector ? new InspectorProbe(source.inspector) : NO_PROBE;
    const endpoints = this.#endpoints;
    const census = new TcpCensus(settings, budget, { nowMs, before, endpoints, probe });
    return dumpsAll ? visitAll(input, census) : { census, table: this.#visitHashed(input, census) };
  }

  #visitHashed({ source, settings }: CensusInput, census: TcpCensus): TableReading {
    this.#expensiveDumps.recallIdle((row) => {
      census.visitIdle(row);
    });
    const visit = (row: SocketRow): void => {
      census.visit(row);
    };
    return source.readTcp(visit, settings.range, false);
  }

  #finish({ census, table, dump }: Pass): TcpReading {
    const memory = census.finish();
    const id = this.#namespaceId;
    const connect = new ConnectPools(census, id);
    const families = table.ipv6 ? (['ipv4', 'ipv6'] as const) : (['ipv4'] as const);
    return {
      census,
      connect,
      families,
      views: [connect, bindPools(census, families, id, this.#tickets)],
      rows: table.rows,
      malformedRows: table.malformedRows,
      finish: () => {
        this.#memory = memory;
        if (dump !== undefined) this.#expensiveDumps.keep(dump);
      },
    };
  }
}

/** TCP, from either source of rows; `sockstat` bounds its sockets, but for those that are bound and idle. */
export const TCP_CENSUS = {
  open: (namespaceId: number) => new TcpReader(namespaceId),
  socketsAtMost: (_net, { tcpInUse, timeWait }) => tcpInUse + timeWait,
} satisfies Census;

/** The census must know which ports are bound before it sees who else is on them. */
function visitAll({ source, settings, nowMs }: CensusInput, census: TcpCensus): Pass {
  const { range } = settings;
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
  return { census, table, dump: { takenAtMs: nowMs, range, costMs, idle } };
}

/** The walk for idle sockets, within another, costs about what the one for explicit ports does. */
const WALKS = 2;
