import type { Family } from '../kernel/address.ts';
import { HOST } from '../kernel/netns/netns.ts';
import { readTimeWaitOverflows } from '../kernel/proc/net/net-netstat.ts';
import { readSocketCounts, type SocketCounts } from '../kernel/proc/net/net-sockstat.ts';
import { ASSUMED_SETTINGS, type PortSettings, PortSettingsReader } from '../kernel/proc/sysctl.ts';
import type { SocketSource, SourceName } from '../kernel/socket-row.ts';
import type { Namespace } from '../namespaces/namespace.ts';
import type { NetnsView } from '../namespaces/netns-view.ts';
import type { Census, CensusInput, CensusReader, CensusReading } from '../pools/census/census.ts';
import type { TcpCensus } from '../pools/census/tcp-census.ts';
import { TCP_CENSUS, type TcpReading } from '../pools/census/tcp-reader.ts';
import type { ConnectPools } from '../pools/connect.ts';
import type { NamespaceFailures } from '../pools/failures.ts';
import { POOL_KINDS } from '../pools/kinds.ts';
import { type PortBudget, PortBudgetCache, PortBudgets } from '../pools/port-budget.ts';
import type { PoolKind } from '../pools/pool.ts';
import type { PoolView } from '../pools/pool-view.ts';
import type { ServiceReading } from '../pools/services/service-reading.ts';
import { type NamedPorts, Services } from '../pools/services/services.ts';
import { type ConntrackReading, ConntrackWatch } from './conntrack-watch.ts';
import { PartMeter } from './parts.ts';

/** Everything that was read of one namespace at one poll, counted. */
export interface NamespaceReading {
  readonly namespace: Namespace;
  readonly settings: PortSettings;
  readonly budget: PortBudget;
  readonly families: readonly Family[];
  /** Ports with a listener, bound ports and inbound rows; its pools are among `views`. */
  readonly tcp: TcpCensus;
  readonly connect: ConnectPools;
  /** Undefined where no service port is known. */
  readonly services: ServiceReading | undefined;
  /** The pools of each kind that this kernel has, in the order of the table of kinds. */
  readonly views: readonly PoolView[];
  /** Kinds that this kernel may have, and that could not be read. */
  readonly failedKinds: readonly PoolKind[];
  /** Refused calls; undefined where they are not counted. */
  readonly failures: NamespaceFailures | undefined;
  /** Undefined where `sockstat` could not be read. */
  readonly sockets: SocketCounts | undefined;
  readonly timeWaitOverflows: number | undefined;
  /** Of the host's namespace alone; undefined where it tracks no connections. */
  readonly conntrack: ConntrackReading | undefined;
  readonly source: SourceName;
  /** Whether TCP rows outside the range were read too that are no listeners. */
  readonly showsAllRows: boolean;
  readonly rows: number;
  /** Rows that were cut off or could not be decoded. */
  readonly malformedRows: number;
  readonly durationMs: number;
}

/** What a reading may be given beside where and when to read. */
export interface ReadingOptions {
  readonly parts?: PartMeter;
  /** Whether this attempt is the last, so that what fails and is not required is left out. */
  readonly mayMiss?: boolean;
  /** The refused calls of the namespace, where they are counted. */
  readonly failures?: NamespaceFailures | undefined;
  readonly changeSettings?: SettingsChange | undefined;
}

/** Settings to count by instead of those that a namespace has: what would be, were it changed. */
export type SettingsChange = (settings: PortSettings, namespace: Namespace) => PortSettings;

/** The censuses of the table of kinds, each once. */
export function allCensuses(): readonly Census[] {
  return [...new Set(POOL_KINDS.map(({ census }) => census))];
}

/** The reader of a census that is not TCP's. */
interface OtherReader {
  readonly census: Census;
  readonly reader: CensusReader;
}

type Counters = Pick<NamespaceReading, 'sockets' | 'timeWaitOverflows' | 'conntrack'>;

/** Reads one namespace, and keeps from poll to poll what its censuses must remember. */
export class NamespaceReader {
  readonly #namespace: Namespace;
  readonly #settings = new PortSettingsReader();
  readonly #budgets: PortBudgetCache;
  readonly #others: readonly OtherReader[];
  readonly #services = new Services();
  readonly #conntrack = new ConntrackWatch();
  #tcp: ReturnType<typeof TCP_CENSUS.open>;
  #source: SourceName | undefined;

  /** `budgets` are those of all namespaces. */
  constructor(namespace: Namespace, budgets = new PortBudgets()) {
    this.#namespace = namespace;
    this.#budgets = new PortBudgetCache(budgets);
    this.#tcp = TCP_CENSUS.open(namespace.id);
    this.#others = allCensuses()
      .filter((census) => census !== TCP_CENSUS)
      .map((census) => ({ census, reader: census.open(namespace.id) }));
  }

  /** Puts the service ports in force that the configuration names for the namespace. */
  nameServices(named: readonly NamedPorts[]): void {
    this.#services.name(named);
  }

  /**
   * `nowMs` is monotonic. A file that fails and is not TCP's or the range is noted in `parts`, and left out; with
   * `mayMiss`, what netlink cannot read of other protocols too. Throws `KernelError`; the next reading then builds on the
   * last that succeeded.
   */
  read(
    { net, sysctl }: NetnsView,
    source: SocketSource,
    nowMs: number,
    { parts = new PartMeter(), mayMiss = false, failures, changeSettings }: ReadingOptions = {},
  ): NamespaceReading {
    const startMs = performance.now();
    const tcpReader = this.#tcpReaderFor(source.name);
    const settings = this.#settingsBy(changeSettings, this.#readSettings(sysctl, parts));
    const budget = this.#budgets.budgetFor(settings);
    const services = this.#services;
    const input: CensusInput = { net, source, settings, budget, nowMs, failures, services };
    const tcp = parts.required('tcp', () => tcpReader.read(input));
    const failedKinds: PoolKind[] = [];
    const others = this.#others.flatMap(({ census, reader }) => {
      const readOther = (): readonly CensusReading[] | CensusReading =>
        reader.read(input) ?? NO_PROTOCOL;
      const read = parts.optional(census.protocol, readOther, mayMiss);
      if (read === undefined) failedKinds.push(...kindsOf(census));
      return read ?? [];
    });
    const readings: readonly CensusReading[] = [tcp, ...others];
    const counters = this.#readCounters({ net, sysctl }, nowMs, parts);
    for (const reading of readings) reading.finish?.();
    this.#tcp = tcpReader;
    this.#source = source.name;
    return {
      namespace: this.#namespace,
      settings,
      budget,
      families: tcp.families,
      tcp: tcp.census,
      ...servicesAndPools(tcp),
      views: inOrder(readings.flatMap(({ views }) => views)),
      failedKinds,
      failures,
      ...counters,
      source: source.name,
      showsAllRows: source.showsAllRows,
      ...sumOf(readings),
      durationMs: performance.now() - startMs,
    };
  }

  /** What the kernel counts beside its sockets. */
  #readCounters(
    { net, sysctl }: Pick<NetnsView, 'net' | 'sysctl'>,
    nowMs: number,
    parts: PartMeter,
  ): Counters {
    const isHost = this.#namespace.identity.netns === HOST;
    return {
      sockets: parts.optional('sockstat', () => readSocketCounts(net)),
      timeWaitOverflows: parts.optional('netstat', () => readTimeWaitOverflows(net)),
      conntrack:
        isHost && sysctl !== undefined
          ? parts.optional('conntrack', () => this.#conntrack.read(net, sysctl, nowMs))
          : undefined,
    };
  }

  #settingsBy(change: SettingsChange | undefined, settings: PortSettings): PortSettings {
    return change?.(settings, this.#namespace) ?? settings;
  }

  #readSettings(sysctl: string | undefined, parts: PartMeter): PortSettings {
    if (sysctl === undefined) return ASSUMED_SETTINGS;
    const settings = parts.required('settings', () => this.#settings.read(sysctl));
    if (settings.unread !== undefined) parts.fail('settings', settings.unread.problem);
    return settings;
  }

  /**
   * Another one, without the memory of rows, where the source has changed: each source identifies rows by other things.
   * It takes the place of the last one once it has succeeded, so that an attempt that fails costs no memory.
   */
  #tcpReaderFor(name: SourceName): ReturnType<typeof TCP_CENSUS.open> {
    const isSame = this.#source === undefined || this.#source === name;
    return isSame ? this.#tcp : TCP_CENSUS.open(this.#namespace.id, this.#tcp);
  }
}

function servicesAndPools({
  connect,
  services,
}: TcpReading): Pick<NamespaceReading, 'connect' | 'services'> {
  return { connect, services };
}

/** The rows of all protocols together. */
function sumOf(readings: readonly CensusReading[]): Pick<CensusReading, 'rows' | 'malformedRows'> {
  return {
    rows: readings.reduce((sum, { rows }) => sum + rows, 0),
    malformedRows: readings.reduce((sum, { malformedRows }) => sum + malformedRows, 0),
  };
}

/** What a protocol gives that the kernel does not have. */
const NO_PROTOCOL: readonly CensusReading[] = [];

function kindsOf(census: Census): readonly PoolKind[] {
  return POOL_KINDS.filter((each) => each.census === census).map(({ kind }) => kind);
}

/** In the order of the table of kinds. */
function inOrder(views: readonly PoolView[]): readonly PoolView[] {
  return POOL_KINDS.flatMap(({ kind }) => views.filter((view) => view.kind === kind));
}
