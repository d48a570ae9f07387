import type { EvaluatedPool } from '../../src/alerts/evaluator.ts';
import type { RiskLevel } from '../../src/alerts/rules.ts';
import { defaultConfig } from '../../src/config/defaults.ts';
import type { PoolUsage } from '../../src/pools/pool.ts';
import type { PollOptions } from '../../src/sampler/poll.ts';

/** An endpoint at remote port `port` that holds `held` of `capacity` ports, all established. */
export function endpoint(port: number, held: number, capacity = 1000): PoolUsage {
  return {
    namespaceId: 1,
    kind: 'connect',
    protocol: 'tcp',
    family: 'ipv4',
    localAddress: '10.0.0.1',
    remoteAddress: '10.0.0.2',
    remotePort: port,
    capacity,
    held,
    states: { established: held, synSent: 0, timeWait: 0, closeWait: 0, other: 0 },
    bound: 0,
    blocked: 0,
    reusable: 0,
    available: capacity - held,
    returning: [],
    firstPass: { size: capacity / 2, taken: 0 },
  };
}

export function judged(usage: PoolUsage, riskLevel: RiskLevel = 0): EvaluatedPool {
  return { usage, trend: undefined, riskLevel };
}

/** What a poll of `procfs` needs, as with the built-in configuration. */
export function pollOptions(procfs: string): PollOptions {
  return {
    procfs,
    source: 'proc',
    failures: 'off',
    namespaces: { ...defaultConfig().namespaces, podLogs: '/var/log/pods' },
    owners: { find: 'off', cgroupfs: '/sys/fs/cgroup' },
    history: { windowSeconds: 600, intervalSeconds: 5, pools: 4096 },
    alerts: defaultConfig().alerts,
    shortlist: { limit: 50, limitAtRisk: 200, minRatio: 0.01 },
  };
}
