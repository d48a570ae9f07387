import type {
  NamespaceRow,
  Overview,
  PoolRow,
  PortRow,
  Risk,
} from '../../src/answers/overview/overview.ts';

/** Overviews that no machine has at hand: thousands of endpoints, and names that somebody has chosen to do harm. */

const CAPACITY = 28_232;

export function madeUpPool(index: number, change: Partial<PoolRow> = {}): PoolRow {
  const remote = `10.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  const port = [5432, 6379, 443, 9092][index % 4] ?? 80;
  const held = change.held ?? Math.max(1, Math.floor(24_000 / (index + 1)));
  const timeWait = Math.floor(held / 3);
  const namespace = `pod shop/cart-${index % 250}`;
  return {
    id: `${4_026_532_000 + (index % 250)}/connect/tcp/10.0.0.1/${remote}/${port}`,
    netns: String(4_026_532_000 + (index % 250)),
    namespace,
    pool: 'connect',
    protocol: 'tcp',
    name: `10.0.0.1 → ${remote}:${port}`,
    local_address: '10.0.0.1',
    remote_address: remote,
    remote_port: port,
    destinations: '',
    remote_name: index % 4 === 0 ? `db-${index}` : '',
    owner: index % 3 === 0 ? '' : `nginx (${namespace})`,
    capacity: CAPACITY,
    held,
    bound: 0,
    blocked: 12,
    reusable: 0,
    available: CAPACITY - held,
    usage_ratio: held / CAPACITY,
    first_pass_ratio: Math.min(1, held / (CAPACITY / 2)),
    established: held - timeWait,
    syn_sent: 0,
    close_wait: 0,
    time_wait: timeWait,
    other: 0,
    refused: 0,
    refused_last_minute: 0,
    risk_level: held > 20_000 ? 3 : held > 10_000 ? 2 : 0,
    time_left_seconds: held > 10_000 ? 754 : null,
    ...change,
  };
}

function madeUpNamespace(index: number): NamespaceRow {
  return {
    netns: index === 0 ? 'host' : String(4_026_532_000 + index),
    namespace: index === 0 ? 'host' : `pod shop/cart-${index}`,
    risk_level: index === 0 ? 3 : 0,
    range_low: 32_768,
    range_high: 60_999,
    range_assumed: index % 7 === 3,
    reserved: 0,
    blocked: 12,
    capacity: CAPACITY,
    endpoints: 20,
    held: 24_000 - index * 90,
    worst_usage_ratio: (250 - index) / 300,
    refused: index % 7 === 3 ? null : 0,
    is_quiet: index > 200,
    read_at_seconds: index > 240 ? null : 1_800_000_000,
  };
}

export function madeUpRisk(pool: PoolRow, change: Partial<Risk> = {}): Risk {
  return {
    alert: 'EphemeralPortsExhaustion',
    severity: pool.risk_level === 3 ? 'critical' : 'warning',
    is_pending: false,
    sentence: `${Math.floor(pool.usage_ratio * 1000) / 10}% of ${pool.capacity} ports used, ${pool.available} left`,
    pool,
    cause: 'close_first',
    evidence: `${pool.time_wait} of ${pool.held} held ports are in TIME_WAIT: this host closes first, 133 connections a second`,
    remedies: [
      {
        text: 'Keep connections open and use them again (keep-alive, a pool)',
        effect: '',
        command: '',
        manifest: '',
        danger: '',
      },
      {
        text: 'Widen the range',
        effect: '+22,528 ports, which last 2 h at this rate',
        command: "sysctl -w net.ipv4.ip_local_port_range='10240 60999'",
        manifest:
          'securityContext:\n  sysctls:\n    - name: net.ipv4.ip_local_port_range\n      value: "10240 60999"',
        danger: 'services that listen between 10240 and 32767 must be reserved: 27017',
      },
    ],
    also: ['10.0.0.1 → 10.0.0.9:443 in host'],
    history: Array.from({ length: 60 }, (_, at) => Math.floor((pool.held * (at + 12)) / 71)),
    proof: `ss -Htan src ${pool.local_address} dst ${pool.remote_address} dport = :${pool.remote_port} | awk '{print $4}' | sort -u | wc -l`,
    ...change,
  };
}

const PORTS: readonly PortRow[] = [
  {
    netns: 'host',
    namespace: 'host',
    ports: '50051',
    status: 'taken',
    text: 'no service listens on it, and 10.0.0.1 → 10.0.0.2:5432 has it for 34 s',
  },
  {
    netns: 'host',
    namespace: 'host',
    ports: '40000-40009',
    status: 'listener',
    text: 'Somebody listens in the range: no connect() gets them.',
  },
];

/** An overview with so many endpoints and namespaces, of which the first ones are at risk. */
export function madeUpOverview(endpoints: number, namespaces = 250): Overview {
  const rows = Array.from({ length: endpoints }, (_, index) => madeUpPool(index));
  const risks = rows.filter((row) => row.risk_level > 0).map((row) => madeUpRisk(row));
  return {
    schema: 1,
    taken_at_seconds: 1_800_000_000,
    interval_seconds: 5,
    health: {
      status: 'critical',
      sentence:
        'In trouble: 10.0.0.1 → 10.1.0.0:5432 (db-0) of pod shop/cart-0 has 4,232 of 28,232 ports left, which last about 12 min (and 1 more).',
      unread: ['refused calls are not counted: BPF may not be used here'],
    },
    risks,
    endpoints: rows,
    omitted_endpoints: 0,
    shared: [
      madeUpPool(0, {
        id: 'host/udp/udp/0.0.0.0',
        netns: 'host',
        namespace: 'host',
        pool: 'udp',
        protocol: 'udp',
        name: 'UDP 0.0.0.0',
        remote_address: '',
        remote_port: 0,
        remote_name: '',
        held: 812,
        blocked: 0,
        first_pass_ratio: null,
      }),
    ],
    namespaces: Array.from({ length: namespaces }, (_, index) => madeUpNamespace(index)),
    ports: PORTS,
  };
}
