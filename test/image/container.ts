import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from '../support/daemon.ts';
import { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { imageFor, podman, type Result, tryPodman } from './podman.ts';

/** Below the usual ranges; each container of a test process listens on its own. */
let nextPort = 19_100 + 100 * Number(process.env['VITEST_POOL_ID'] ?? 0);

/**
 * As hard as it gets: nothing can be written, there is no temporary file system, and the user has no name.
 */
const HARDENED = [
  '--read-only',
  '--read-only-tmpfs=false',
  '--passwd=false',
  '--security-opt=no-new-privileges',
  '--cap-drop=all',
];

/** Who the exporter is, as the documentation describes it. */
export const TIERS = {
  none: HARDENED,
  bpf: [...HARDENED, '--user=0:0', '--cap-add=BPF', '--cap-add=PERFMON'],
  full: [
    ...HARDENED,
    '--user=0:0',
    '--cap-add=SYS_ADMIN',
    '--cap-add=SYS_PTRACE',
    '--security-opt=apparmor=unconfined',
  ],
} as const;

/** It sees the host's processes. */
export const HOST_PROCESSES = '--pid=host';

/** It sees the host's cgroups. */
export const CGROUPS = '--volume=/sys/fs/cgroup:/sys/fs/cgroup:ro';

/** The image's daemon in a container. */
export class Container {
  readonly id: string;
  readonly port: number;

  private constructor(id: string, port: number) {
    this.id = id;
    this.port = port;
  }

  /** Starts it on a port of the host's loopback; ready when it answers. */
  static async onHost(how: readonly string[], flags: readonly string[] = []): Promise<Container> {
    nextPort += 1;
    const listening = `--web.listen-address=127.0.0.1:${nextPort}`;
    const all = ['--poll.interval=1s', listening, ...flags];
    return Container.#answering(new Container(start(['--network=host', ...how], all), nextPort));
  }

  /** Starts it as its flags say, loopback's `port` among what it listens on; ready when it answers. */
  static asPod(how: readonly string[], flags: readonly string[], port: number): Promise<Container> {
    return Container.#answering(new Container(start(how, flags), port));
  }

  /** Starts it with a network of its own, where nobody else can ask it. */
  static alone(how: readonly string[], flags: readonly string[] = []): Container {
    return new Container(start(['--network=none', ...how], flags), 9065);
  }

  static async #answering(container: Container): Promise<Container> {
    await container.until('it answers', async () => {
      const answer = await request(container.port, '/-/healthy').catch(() => undefined);
      return answer?.status === 200;
    });
    return container;
  }

  /** Of its first process, as the host numbers it. */
  get pid(): number {
    return Number(podman('inspect', '--format={{.State.Pid}}', this.id));
  }

  /** What the host's kernel says of its first process. */
  status(): string {
    return readFileSync(`/proc/${this.pid}/status`, 'utf8');
  }

  async metricsText(): Promise<string> {
    return (await request(this.port, '/metrics')).body.toString();
  }

  /** The metrics of a poll that began after this call. */
  async nextPoll(): Promise<Exposition> {
    const now = Date.now() / 1000;
    let page = new Exposition('');
    await this.until('a poll is done', async () => {
      page = new Exposition(await this.metricsText());
      return (page.find('poll_last_success_timestamp_seconds') ?? 0) > now;
    });
    return page;
  }

  /** Metrics that show a namespace. */
  async untilShown(netns: string): Promise<Exposition> {
    let page = new Exposition('');
    await this.until(`${netns} is shown`, async () => {
      page = await this.nextPoll();
      return page.find('endpoint_held', { netns }) !== undefined;
    });
    return page;
  }

  /** Standard output and error so far. */
  log(): string {
    const { stdout, stderr } = tryPodman('logs', this.id);
    return stdout + stderr;
  }

  /** Asks the image's own health check, as Docker does every 30 seconds. */
  askHealth(): Result {
    return tryPodman('healthcheck', 'run', this.id);
  }

  async untilHealthy(): Promise<void> {
    await this.until('it is healthy', () => Promise.resolve(this.askHealth().status === 0));
  }

  /** Tries again for 40 s at most, as long as the exporter runs. */
  async until(what: string, check: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + 40_000;
    while (Date.now() < end) {
      if (await check()) return;
      if (!this.#isRunning()) throw new Error(`the exporter ended: ${this.log()}`);
      await sleep(100);
    }
    throw new Error(`waited in vain until ${what}: ${this.log()}`);
  }

  #isRunning(): boolean {
    return podman('inspect', '--format={{.State.Running}}', this.id) === 'true';
  }

  /** SIGTERM, and SIGKILL after 10 s; how it ended, and how long that took. */
  stop(): { readonly status: number; readonly seconds: number } {
    const startMs = performance.now();
    podman('stop', '--time=10', this.id);
    const seconds = (performance.now() - startMs) / 1000;
    return { status: Number(podman('inspect', '--format={{.State.ExitCode}}', this.id)), seconds };
  }

  remove(): void {
    podman('rm', '--force', '--time=0', this.id);
  }
}

function start(how: readonly string[], flags: readonly string[]): string {
  return podman('run', '--detach', '--pull=never', ...how, imageFor('amd64'), ...flags);
}

/** A test's body with a container that goes afterwards, also where it fails. */
export async function using(
  starting: Container | Promise<Container>,
  body: (container: Container) => void | Promise<void>,
): Promise<void> {
  const container = await starting;
  try {
    await body(container);
  } finally {
    container.remove();
  }
}
