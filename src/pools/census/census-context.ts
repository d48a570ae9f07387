import { JudgedAddresses } from '../judgement/judged-addresses.ts';
import type { PortMemory } from '../judgement/port-memory.ts';
import { Endpoints } from '../tables/endpoints.ts';
import type { ServiceCensus } from '../services/service-census.ts';
import { NewTimeWaits } from './new-time-waits.ts';
import { NO_PROBE, type SocketProbe } from './socket-probe.ts';

/** What a census needs beside the rows. */
export interface CensusContext {
  /** Monotonic. */
  readonly nowMs: number;
  /** What the last poll remembered; undefined at the first poll. */
  readonly before?: PortMemory | undefined;
  /** The endpoints of the namespace; kept from poll to poll. */
  readonly endpoints?: Endpoints;
  /** The local addresses whose rows are judged; kept from poll to poll. */
  readonly judged?: JudgedAddresses;
  /** Whether the source lists sockets that were bound explicitly. */
  readonly listsExplicit?: boolean;
  /** Sees the listeners and the outbound rows, where the service ports are asked for. */
  readonly services?: ServiceCensus | undefined;
  /** Inspects single sockets, where the source can. */
  readonly probe?: SocketProbe;
  /** Counts the TIME_WAITs that began since the last poll; absent where nobody asks. */
  readonly newTimeWaits?: NewTimeWaits;
}

/** A context in which nothing is left open but what the last poll remembered. */
export interface KnownContext extends CensusContext {
  readonly endpoints: Endpoints;
  readonly judged: JudgedAddresses;
  readonly listsExplicit: boolean;
  readonly probe: SocketProbe;
  readonly newTimeWaits: NewTimeWaits;
  /** 0 at the first poll. */
  readonly sinceLastPollMs: number;
}

/** Of what the context does not say, nothing is known. */
export function withDefaults(context: CensusContext): KnownContext {
  const { endpoints = new Endpoints(), judged = new JudgedAddresses() } = context;
  const sinceLastPollMs = context.nowMs - (context.before?.takenAtMs ?? context.nowMs);
  const open = { endpoints, judged, sinceLastPollMs };
  const defaults = { listsExplicit: false, probe: NO_PROBE, newTimeWaits: new NewTimeWaits() };
  return { ...defaults, ...context, ...open };
}
