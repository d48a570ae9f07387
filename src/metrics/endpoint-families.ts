import type { CauseName } from '../answers/diagnosis/cause.ts';
import { firstPassRatio, usageRatio } from '../pools/pool.ts';
import type { PoolSnapshot } from '../snapshot/snapshot.ts';
import { type FamilyText, one, type Point } from './family.ts';
import type { Sample } from './snapshot-metric.ts';
import type { EndpointSubject } from './subject.ts';

export interface EndpointFamily extends FamilyText {
  readonly points: (usage: PoolSnapshot, cause: CauseName | undefined) => readonly Point[];
}

/** Series per exported endpoint. */
export const ENDPOINT_FAMILIES: readonly EndpointFamily[] = [
  {
    name: 'endpoint_held',
    help: 'Local ports of the range that the endpoint holds, TIME_WAIT included (rows of /proc/net/tcp and tcp6); udp: of this family alone; sctp: of both (rows of /proc/net/sctp/eps and assocs); bind: ports that a bind() to this local address cannot get; range: ports that a bind() owns.',
    points: ({ held }) => one(held),
  },
  {
    name: 'endpoint_sockets',
    help: 'The held ports by socket state; bind and range: all other; time_wait / 60 is the closes per second where reuse does not apply.',
    points: ({ states }) => [
      { value: states.established, labels: { state: 'established' } },
      { value: states.synSent, labels: { state: 'syn_sent' } },
      { value: states.timeWait, labels: { state: 'time_wait' } },
      { value: states.closeWait, labels: { state: 'close_wait' } },
      { value: states.other, labels: { state: 'other' } },
    ],
  },
  {
    name: 'endpoint_reusable',
    help: 'TIME_WAIT ports among the held that a connect() to this endpoint may take over now (net.ipv4.tcp_tw_reuse, tcp_tw_reuse_delay, tcp_timestamps; tcp_twsk_unique() in the kernel).',
    points: ({ reusable }) => one(reusable),
  },
  {
    name: 'endpoint_capacity',
    help: 'Ports this endpoint can use; bind and range: range - reserved; connect: capacity / 60 is the highest rate of closes it can bear where TIME_WAIT is not reused.',
    points: ({ capacity }) => one(capacity),
  },
  {
    name: 'endpoint_available',
    help: 'How many more connect() calls to this endpoint the kernel would grant a port now; udp and sctp: sockets without a port; bind: bind() calls to this local address without a port; range: ports that no bind() owns, towards any destination.',
    points: ({ available }) => one(available),
  },
  {
    name: 'endpoint_usage_ratio',
    help: '(capacity - available) / capacity; 1 where capacity is 0.',
    points: (usage) => one(usageRatio(usage)),
  },
  {
    name: 'endpoint_usage_ratio_peak',
    help: 'The highest usage ratio in the history window (history.window), peaks between two scrapes included.',
    points: ({ peakRatio }) => (peakRatio === undefined ? [] : one(peakRatio)),
  },
  {
    name: 'endpoint_time_to_exhaustion_seconds',
    help: 'Forecast of when no port will be left: 0 when exhausted, +Inf while not heading there, absent until there are 12 samples.',
    points: ({ timeToExhaustionSeconds: seconds }) => (seconds === undefined ? [] : one(seconds)),
  },
  {
    name: 'endpoint_risk_level',
    help: 'The highest level that fires for the endpoint: 0 ok, 1 info, 2 warning, 3 critical.',
    points: ({ riskLevel }) => one(riskLevel),
  },
  {
    name: 'endpoint_first_pass_ratio',
    help: 'Share of the ports connect() tries first (the parity of the low end of the range) that it cannot take: held and not reusable, blocked or reserved. At 1 each connect() scans half the range in vain (__inet_hash_connect() in the kernel).',
    points: ({ firstPass }) => (firstPass === undefined ? [] : one(firstPassRatio(firstPass))),
  },
  {
    name: 'endpoint_opens_total',
    type: 'counter',
    help: 'Connections opened to the endpoint since the exporter follows it, a lower bound: growth of the live ports, plus TIME_WAITs that began since the last poll (rows of /proc/net/tcp and tcp6). Not seen: what opened and closed between two polls and left no TIME_WAIT here. connect() in SYN_SENT counts. Only for connect.',
    points: ({ opens }) => (opens === undefined ? [] : one(opens)),
  },
  {
    name: 'endpoint_failures_total',
    type: 'counter',
    help: 'Calls that the kernel refused for lack of a port of the pool, since the exporter began to count: connect() (inet_sock_set_state in the kernel); bind: bind() without a port (inet_csk_get_port). Absent where they cannot be counted.',
    points: ({ failures }) => (failures === undefined ? [] : one(failures.total)),
  },
  {
    name: 'endpoint_owner_held',
    help: 'Held ports by owner: the three largest of an endpoint at risk (endpoint_risk_level 1 and above), as far as is known: user (uid in /proc/net/tcp), pod, unit or container (INET_DIAG_CGROUP_ID of inet_diag), process (/proc/PID/fd). A TIME_WAIT has the owner that its socket was seen with; unknown where it was not.',
    points: ({ riskLevel, owners }) => {
      if (riskLevel === 0 || owners === undefined) return [];
      return owners.largest.map(({ kind, name, ports }) => {
        return { value: ports, labels: { owner_kind: kind, owner: name } };
      });
    },
  },
  {
    name: 'endpoint_cause',
    help: 'Why an endpoint at risk (endpoint_risk_level 1 and above) runs out: 1 for one of connection_churn, connection_leak, large_pool, unanswered_connects, nat_exhausted, bind_before_connect, explicit_ports, blocked_range, reserved_range, narrow_range, udp_per_request, slow_first_pass, unknown; judged from socket states, their change within a minute, bound ports and settings.',
    points: (_, cause) => (cause === undefined ? [] : [{ value: 1, labels: { cause } }]),
  },
];

export function endpointSamples(
  family: EndpointFamily,
  subjects: readonly EndpointSubject[],
): readonly Sample[] {
  return subjects.flatMap(({ usage, cause, shared }) =>
    family.points(usage, cause).map((point) => ({ ...point, shared })),
  );
}
