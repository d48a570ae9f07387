import type { Rule } from '../alerts/rules.ts';
import type { NetnsIdentity } from '../kernel/netns/netns.ts';
import type { OwnersSight } from '../owners/owner.ts';
import type { NamespaceReading } from '../scan/namespace-reader.ts';
import type { PartReport } from '../scan/parts.ts';
import type { QuietNamespace, ScanResult } from '../scan/scan-result.ts';
import type { ServicePortWatch } from '../scan/service-port-watch.ts';
import type { RemoteEnd } from '../pools/connect.ts';
import { byIdentity, type Pool } from '../pools/pool.ts';
import type { PoolView } from '../pools/pool-view.ts';
import { describeAlerts, describePending } from './describe-alerts.ts';
import { NamespaceDescriber, type Outcome, QUIET_OUTCOME } from './describe-namespaces.ts';
import { describeSources } from './describe-sources.ts';
import type { GatedDetails, SnapshotDetails } from './details.ts';
import { allServicePorts, shownServicePorts } from './service-ports.ts';
import type { Snapshot } from './snapshot.ts';

/** What a snapshot is made of, beside the scan. */
export interface DescribeContext {
  readonly outcome: Outcome;
  readonly rules: readonly Rule[];
  readonly limitAtRisk: number;
  /** Unix time. */
  readonly takenAtSeconds: number;
  readonly fallbackReason: string;
  readonly failuresWithoutEndpoint: number | undefined;
  readonly ownersSight: OwnersSight;
  readonly parts: readonly PartReport[];
  /** Milliseconds since the poll began. */
  readonly elapsedMs: () => number;
}

/**
 * Endpoints of a namespace that the details list one by one, the fullest first: of the host, of other namespaces, of quiet
 * ones. They bound the JSON: 250 other namespaces have 12,500 of them.
 */
const LISTED_ENDPOINTS = { host: 1000, elsewhere: 50, quiet: 20 } as const;

/** How many endpoints of a namespace are listed one by one. */
export type ListedEndpoints = Readonly<Record<'host' | 'elsewhere', number>>;

/** All: for who asks about a certain one. */
export const ALL_ENDPOINTS: ListedEndpoints = {
  host: Number.POSITIVE_INFINITY,
  elsewhere: Number.POSITIVE_INFINITY,
};

/** What the details are made of, valid until the next poll begins. */
interface LastPoll {
  readonly snapshot: Snapshot;
  readonly scan: ScanResult;
  readonly describer: NamespaceDescriber;
  readonly context: DescribeContext;
}

function countPods(identities: readonly NetnsIdentity[]): number {
  return identities.filter(({ podName }) => podName !== '').length;
}

/** Describes each poll as a snapshot, and in full detail on request. */
export class SnapshotDescriber {
  readonly #servicePorts: ServicePortWatch;
  #last: LastPoll | undefined;
  /** Of the namespaces of the last poll: one whose alerts end may be gone by now. */
  #identities: ReadonlyMap<number, NetnsIdentity> = new Map();
  /** What quiet namespaces held when they were last read. */
  #gated: ReadonlyMap<number, GatedDetails> = new Map();

  /** `servicePorts` knows of each poll before it is described. */
  constructor(servicePorts: ServicePortWatch) {
    this.#servicePorts = servicePorts;
  }

  /** Drops the last poll: call it before the next one overwrites the tables. */
  forget(): void {
    this.#last = undefined;
  }

  describe(scan: ScanResult, context: DescribeContext): Snapshot {
    const { readings } = scan;
    const describer = new NamespaceDescriber(context.outcome, readings[0]?.settings);
    this.#rememberQuiet(scan.quiet, context.takenAtSeconds);
    const shown = readings.filter(
      (each, index) => index === 0 || describer.hasExportedOrAtRisk(each),
    );
    const shownIds = new Set(shown.map(({ namespace }) => namespace.id));
    const { evaluation, selection, ownersOf } = context.outcome;
    const before = this.#identities;
    this.#identities = new Map([
      ...scan.refused,
      ...readings.map(({ namespace }) => [namespace.id, namespace.identity] as const),
    ]);
    const identityOf = (id: number) => this.#identities.get(id) ?? before.get(id);
    const snapshot = {
      takenAtSeconds: context.takenAtSeconds,
      namespaces: shown.map((reading) => describer.describe(reading)),
      counts: {
        scanned: readings.length,
        gated: scan.quiet.length,
        denied: scan.denied,
        unwatched: scan.unwatched,
        pods: countPods([
          ...this.#identities.values(),
          ...scan.quiet.map(({ identity }) => identity),
        ]),
      },
      endpoints: readings.reduce((sum, reading) => sum + reading.connect.holding, 0),
      problems: scan.problems,
      conntrack: readings[0]?.conntrack,
      ownersSight: context.ownersSight,
      parts: context.parts,
      servicePorts: shownServicePorts(this.#servicePorts, (id) => shownIds.has(id)),
      alerts: describeAlerts(evaluation, selection, { ...context, identityOf, ownersOf }),
      sources: describeSources(readings, context.elapsedMs()),
      fallbackReason: context.fallbackReason,
      failuresWithoutEndpoint: context.failuresWithoutEndpoint,
      durationSeconds: context.elapsedMs() / 1000,
    };
    this.#last = { snapshot, scan, describer, context };
    return snapshot;
  }

  /**
   * Undefined where the last poll failed, or there was none. With `towards` the endpoints listed are those of that remote end, all
   * of them.
   */
  details(
    listed: ListedEndpoints = LISTED_ENDPOINTS,
    towards?: RemoteEnd,
  ): SnapshotDetails | undefined {
    if (this.#last === undefined) return undefined;
    const { snapshot, scan, describer, context } = this.#last;
    const { evaluation, ownersOf } = context.outcome;
    const identityOf = (id: number) => this.#identities.get(id);
    return {
      ...snapshot,
      namespaces: scan.readings.map((reading: NamespaceReading, index) =>
        describer.describeInFull(reading, index === 0 ? listed.host : listed.elsewhere, towards),
      ),
      gated: [...this.#gated.values()],
      pending: describePending(evaluation, { ...context, identityOf, ownersOf }),
      servicePorts: allServicePorts(this.#servicePorts),
    };
  }

  /** The ticket under which the history follows a pool of the last poll; 0 where it does not. */
  ticketOf(pool: Pool): number {
    const reading = this.#last?.scan.readings.find(
      ({ namespace }) => namespace.id === pool.namespaceId,
    );
    const view = reading?.views.find(({ kind }) => kind === pool.kind);
    if (reading === undefined || view === undefined) return 0;
    const { connect } = reading;
    const indices = pool.kind === connect.kind ? connect.towards(pool) : indicesOf(view);
    const index = indices.find((each) => byIdentity(view.usageAt(each), pool) === 0);
    return index === undefined ? 0 : view.ticketAt(index);
  }

  /** Keeps what quiet namespaces held when they were last read; drops those that are not quiet any more. */
  #rememberQuiet(quiet: readonly QuietNamespace[], atSeconds: number): void {
    const describer = new NamespaceDescriber(QUIET_OUTCOME, undefined);
    const gated = quiet.map(({ id, identity, reading }) => {
      const lastRead =
        reading === undefined
          ? this.#gated.get(id)?.lastRead
          : { atSeconds, namespace: describer.describeInFull(reading, LISTED_ENDPOINTS.quiet) };
      return [id, { id, identity, lastRead }] as const;
    });
    this.#gated = new Map(gated);
  }
}

function indicesOf({ size }: PoolView): readonly number[] {
  return Array.from({ length: size }, (_, index) => index);
}
