import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Daemon } from './daemon.ts';
import { temporaryFile } from './exporter.ts';
import type { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { Host, onlyChild, type Resident, TIERS, type Tier } from './host.ts';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { inNetwork } from './scenario.ts';

/** Stories on a host of its own: namespaces, sockets in them, and the exporter that looks on. */

export const A: Target = { to: '127.0.0.1', port: 80 };

/** Low enough that some sockets of an assumed range are worth a series, and an alert. */
export const SENSITIVE_YAML = `endpoints: { limit: 1000, limit_at_risk: 1000, min_ratio: 0.001 }
alerts: { EphemeralPortsExhaustion: { warning: 0.002, for: 0s } }
`;
export const SENSITIVE = temporaryFile('sensitive.yaml', SENSITIVE_YAML);

/** Makes another command line of the exporter's. */
export type Wrap = (command: readonly string[]) => readonly string[];

export interface Story {
  readonly host: Host;
  /** The host's own namespace. */
  readonly network: Network;
  readonly start: (tier: Tier, ...flags: readonly string[]) => Promise<Daemon>;
  /** As `start`, by the command that `wrap` makes of it; `wrap` keeps its privileges. */
  readonly startBy: (wrap: Wrap, tier: Tier, ...flags: readonly string[]) => Promise<Daemon>;
}

/** Tells a story on a host of its own, and stops whatever runs there. */
export function onHost(
  tell: (story: Story) => Promise<void>,
  procOptions?: string,
): () => Promise<void> {
  return () =>
    inNetwork(async (network) => {
      network.range(50_000, 50_199);
      const host = await Host.start(procOptions);
      const startBy: Story['startBy'] = (wrap, tier, ...flags) =>
        Daemon.startBy(
          (...command) => host.within(...wrap([...TIERS[tier], ...command])),
          `--config.file=${SENSITIVE}`,
          '--log.format=json',
          ...flags,
        );
      const start: Story['start'] = (tier, ...flags) =>
        startBy((command) => command, tier, ...flags);
      try {
        await tell({ host, network, start, startBy });
      } finally {
        await host.stop();
      }
    });
}

/** Opens `count` connections to A within the namespace; both ends stay open, and keep it alive. */
export function hold(resident: Resident, count: number): Network {
  return resident.inside((network) => {
    const listener = network.listen(A.to, A.port);
    network.connections(count, A, listener);
    return network;
  });
}

export async function untilShown(daemon: Daemon, netns: string): Promise<Exposition> {
  await daemon.until(`${netns} is shown`, async () => {
    return (await daemon.nextPoll()).find('endpoint_held', { netns }) !== undefined;
  });
  return daemon.nextPoll();
}

/** The exporter's own process, as this thread numbers it: what `start` made of it forks once. */
export function processOf({
  process: started,
}: {
  readonly process: ChildProcess;
}): Promise<number> {
  return onlyChild(started);
}

export interface LogLine {
  /** 30 is info, 40 warn, 50 error. */
  readonly level: number;
  readonly msg: string;
  readonly alert?: string;
  readonly severity?: string;
  readonly change?: string;
  readonly netns?: string;
  readonly pod_namespace?: string;
  readonly pod_name?: string;
  readonly held?: number;
}

export function logOf(daemon: Daemon): readonly LogLine[] {
  const lines = daemon.stderr.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as LogLine);
}

export function logLines(daemon: Daemon, text: string): readonly string[] {
  return daemon.stderr.split('\n').filter((line) => line.includes(text));
}

/** The number that the process has on its host. */
export function pidOnHost({ pid }: Resident): number {
  const numbers = /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
  return Number(numbers.split('\t').at(-1));
}
