import { isIPv6 } from 'node:net';
import { isLoopback, parseAddress } from '../../kernel/address.ts';
import type { OwnAddresses } from '../../kernel/own-network.ts';
import type { NamespaceDetails } from '../../snapshot/details.ts';
import { sysctlLine } from '../diagnosis/sysctl-lines.ts';
import type { Calculation } from './calculation.ts';
import type { EndpointQuestion } from './endpoint-question.ts';
import type { NearlyNone } from './nearly-none.ts';

/** The local addresses of a namespace. */
export type LocalAddresses = OwnAddresses;

/** Whether a connect() would be given a port now. */
export interface Outcome {
  /**
   * `granted`: it is given one. `nearly`: the same, but others take what is left: it fails from time to time, or is about to.
   * `ports`: none is left. `address`: it fails for want of an address or a route.
   */
  readonly kind: 'granted' | 'nearly' | 'ports' | 'address';
  readonly sentence: string;
  /** What else makes connect() or bind() fail with EADDRNOTAVAIL; empty where ports are the reason. */
  readonly lookAt: readonly string[];
  readonly notLookedAt: readonly string[];
}

const LOOK_AT: readonly string[] = [
  'a bind() to an address that this namespace lacks',
  'IP_LOCAL_PORT_RANGE of the socket, which may be narrower than the range',
  'a connect() to port 0, or from a port that the program names',
];

const ADDRESSES =
  'the addresses of the namespace, and whether IPv6 is on there: ask again inside it';

/** What an outcome is judged from. */
export interface OutcomeInput {
  readonly question: EndpointQuestion;
  readonly calculation: Calculation;
  readonly namespace: NamespaceDetails;
  /** Undefined where the addresses of the namespace are not known. */
  readonly local: LocalAddresses | undefined;
  /** Undefined where nothing says that ports run out. */
  readonly nearly: NearlyNone | undefined;
}

export function outcomeOf({
  question,
  calculation,
  namespace,
  local,
  nearly,
}: OutcomeInput): Outcome {
  const { available } = calculation;
  const reason = addressProblem(question, namespace, local);
  if (reason !== undefined) {
    return { kind: 'address', sentence: reason, lookAt: [], notLookedAt: [] };
  }
  if (available === 0) {
    const sentence =
      'connect() fails with EADDRNOTAVAIL ("Cannot assign requested address"): no port is left';
    return { kind: 'ports', sentence, lookAt: [], notLookedAt: [] };
  }
  const granted: Outcome = {
    kind: 'granted',
    sentence: `connect() would be given a port, ${areLeft(available)}${certainty(namespace)}`,
    lookAt: LOOK_AT,
    notLookedAt: [
      ...(local === undefined ? [ADDRESSES] : []),
      'whether the remote end answers',
      'NAT further out, which has ports of its own',
    ],
  };
  return nearly === undefined ? granted : nearlyOf(granted, calculation, namespace, nearly);
}

/** The outcome of an endpoint that is given a port now, where ports run out. */
export function nearlyOf(
  granted: Outcome,
  { available, capacity }: Calculation,
  namespace: NamespaceDetails,
  { clause, hasFailed }: NearlyNone,
): Outcome {
  const left = `${available} of ${capacity} ports ${available === 1 ? 'is' : 'are'} left now${assumption(namespace)}`;
  const others = hasFailed ? { lookAt: [], notLookedAt: [] } : {};
  return { ...granted, kind: 'nearly', sentence: `${left}; ${clause}`, ...others };
}

function areLeft(ports: number): string {
  return ports === 1 ? '1 is left' : `${ports} are left`;
}

/** What follows from that, where the range is known. */
function certainty(namespace: NamespaceDetails): string {
  return (
    assumption(namespace) ||
    ': EADDRNOTAVAIL ("Cannot assign requested address") here is not for lack of ports'
  );
}

function assumption({ settings: { range, rangeAssumed } }: NamespaceDetails): string {
  return rangeAssumed
    ? `, if its range is ${range.low}-${range.high}: that is assumed, for its settings cannot be read`
    : '';
}

/** Why no address can be had, whatever the ports. */
function addressProblem(
  question: EndpointQuestion,
  namespace: NamespaceDetails,
  local: LocalAddresses | undefined,
): string | undefined {
  if (isIPv6(question.to) && !namespace.families.includes('ipv6')) {
    return 'this kernel has no IPv6: socket() fails with EAFNOSUPPORT; ports are not the reason';
  }
  if (local === undefined) return undefined;
  return (
    ipv6Problem(question, namespace, local) ??
    sourceProblem(question, local) ??
    routeProblem(question, local)
  );
}

function ipv6Problem(
  { to }: EndpointQuestion,
  namespace: NamespaceDetails,
  local: LocalAddresses,
): string | undefined {
  if (!isIPv6(to)) return undefined;
  const isFar = !isLoopback(parseAddress(to), 0);
  const has = local.addresses.some((address) => (isFar ? isFarIpv6(address) : isIPv6(address)));
  if (has && !local.isIpv6Off) return undefined;
  const why = local.isIpv6Off
    ? 'IPv6 is off here (net.ipv6.conf.all.disable_ipv6)'
    : 'there is no IPv6 address here';
  const turnOn = local.isIpv6Off
    ? `. To turn it on: ${sysctlLine(namespace, [['net.ipv6.conf.all.disable_ipv6', '0']])}`
    : '';
  return `${why}: connect() fails with EADDRNOTAVAIL or ENETUNREACH; ports are not the reason${turnOn}`;
}

function routeProblem({ from, to }: EndpointQuestion, local: LocalAddresses): string | undefined {
  // A socket that is bound to a device has routes of its own.
  const problem = from?.includes('%') === true ? '' : local.routeProblem(to);
  if (problem === '') return undefined;
  return `there is no route to ${to}: connect() fails with ${problem}; ports are not the reason`;
}

function sourceProblem({ from }: EndpointQuestion, local: LocalAddresses): string | undefined {
  const address = from?.replace(/%.*$/, '');
  if (address === undefined || local.mayBind(address) !== false) return undefined;
  return `no interface has the address ${from}: bind() fails with EADDRNOTAVAIL; ports are not the reason`;
}

function isFarIpv6(address: string): boolean {
  return isIPv6(address) && !isLoopback(parseAddress(address), 0);
}
