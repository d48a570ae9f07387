import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAIN } from './exporter.ts';
import { Network } from '../../deploy/demo/lab/network.ts';
import { setNetwork } from '../../deploy/demo/lab/syscalls.ts';

const READY = 'echo ready\nexec sleep 1000';

/**
 * A host of its own: processes, mounts and /run that no other test sees. Its PID 1 is in the network
 * namespace of this thread.
 */
export class Host {
  readonly #unshare: ChildProcess;
  /** PID 1, as this thread numbers it. */
  readonly #init: number;
  readonly #children: ChildProcess[] = [];

  private constructor(unshare: ChildProcess, init: number) {
    this.#unshare = unshare;
    this.#init = init;
  }

  /** `procOptions` are mount options of its /proc, such as `hidepid=2`. */
  static async start(procOptions = 'defaults'): Promise<Host> {
    const script = [
      'set -e',
      'mount -t tmpfs none /run',
      `mount -t proc -o ${procOptions} proc /proc`,
      'echo ready',
      'while sleep 1; do :; done',
    ].join('\n');
    const flags = ['--mount', '--pid', '--fork', '--kill-child'];
    const unshare = spawn('unshare', [...flags, 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(unshare.stdout, 'data');
    return new Host(unshare, await onlyChild(unshare));
  }

  /** What runs `command` on the host. */
  within(...command: readonly string[]): readonly string[] {
    return ['nsenter', `--target=${this.#init}`, '--mount', '--pid', ...command];
  }

  /** Runs `command` on the host to its end; what it printed. Throws where it fails. */
  run(...command: readonly string[]): string {
    const [program = '', ...args] = this.within(...command);
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** Runs `command` on the host, and tells when it has ended. */
  runLater(...command: readonly string[]): { readonly isOver: () => boolean } {
    const [program = '', ...args] = this.within(...command);
    const child = spawn(program, args, { stdio: 'ignore' });
    this.#children.push(child);
    return { isOver: () => child.exitCode !== null };
  }

  /** A process of the host in a new network namespace; `script` runs there first. */
  async namespace(script = ''): Promise<Resident> {
    return this.#spawn(['unshare', '--net'], script);
  }

  /** A process of the host in its own namespace; `script` runs first. */
  async process(script = ''): Promise<Resident> {
    return this.#spawn([], script);
  }

  /** Another process of the host in the network namespace of `resident`. */
  async beside({ pid }: Resident): Promise<Resident> {
    return this.#start('nsenter', `--target=${pid}`, '--net', ...this.within('sh', '-c', READY));
  }

  /** The first process of a namespace that `ip netns add` made. */
  async firstIn(name: string): Promise<Resident> {
    const netns = `nsenter --net=/run/netns/${name} sh -c 'ip link set lo up\n${READY}'`;
    return this.#start(...this.within('sh', '-c', `exec ${netns}`));
  }

  /** A process without privileges in a new network namespace. */
  async nobodys(): Promise<Resident> {
    const command = ['unshare', '--net', 'sh', '-c', `ip link set lo up\nexec "$@"`, 'sh'];
    return this.#start(...this.within(...command, ...TIERS.none, 'sh', '-c', READY));
  }

  async #spawn(prefix: readonly string[], script: string): Promise<Resident> {
    const whole = `set -e\n${script}\n[ -e /proc/net/tcp6 ] && ip link set lo up\n${READY}`;
    return this.#start(...this.within(...prefix, 'sh', '-c', whole));
  }

  async #start(...[program = '', ...args]: readonly string[]): Promise<Resident> {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(child);
    await once(child.stdout, 'data');
    return new Resident(await onlyChild(child));
  }

  /** Kills a process of the host; it has left its namespace when this returns. */
  async end(resident: Resident): Promise<void> {
    resident.kill();
    for (let tries = 0; tries < 500; tries += 1) {
      if (!existsSync(`/proc/${resident.pid}/net/tcp`)) return;
      await sleep(10);
    }
    throw new Error(`process ${resident.pid} does not end`);
  }

  /** Kills whatever runs on it. */
  async stop(): Promise<void> {
    const ended = once(this.#unshare, 'exit');
    process.kill(this.#init, 'SIGKILL');
    await ended;
    for (const child of this.#children) child.kill('SIGKILL');
  }
}

/** A process that lives in a network namespace. */
export class Resident {
  /** As this thread numbers it. */
  readonly pid: number;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** A process that sleeps in a network namespace of its own, in which these sysctls of net.ipv4 have these values. */
  static async start(settings: Readonly<Record<string, string>>): Promise<Resident> {
    const set = Object.entries(settings).map(
      ([name, value]) => `echo ${value} >/proc/sys/net/ipv4/${name}`,
    );
    const script = [...set, 'ip link set lo up', 'echo ready', 'exec sleep 1000'].join(' && ');
    const child = spawn('unshare', ['--net', 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    // It is named after its process, which must be what it will be.
    while (readFileSync(`/proc/${pid}/comm`, 'utf8') !== 'sleep\n') await sleep(10);
    return new Resident(pid);
  }

  /** The number that the label `netns` has. */
  get netns(): string {
    return String(statSync(`/proc/${this.pid}/net/tcp`).ino);
  }

  /** Calls `body` with this thread in the process's namespace. Its sockets stay there. */
  inside<T>(body: (network: Network) => T): T {
    const home = openSync('/proc/thread-self/ns/net', 'r');
    const there = openSync(`/proc/${this.pid}/ns/net`, 'r');
    try {
      setNetwork(there);
      return body(Network.here());
    } finally {
      setNetwork(home);
      closeSync(home);
      closeSync(there);
    }
  }

  kill(): void {
    process.kill(this.pid, 'SIGKILL');
  }
}

/** The only child of a process. */
export async function onlyChild({ pid }: ChildProcess): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    if (child) return Number(child);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`process ${pid} has no child`);
}

/** Whether this process is root in more than a user namespace of its own. */
export const IS_TRUE_ROOT =
  process.getuid?.() === 0 &&
  /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));

/** The group of root would see what `hidepid` hides. */
const NO_GROUP = ['--regid=65534', '--clear-groups'];
const NOBODY = ['--reuid=65534', ...NO_GROUP];

/** Whether somebody without privileges can be, and may read the built program: not in a home of root's. */
const canBeNobody =
  IS_TRUE_ROOT && spawnSync('setpriv', [...NOBODY, 'test', '-r', MAIN]).status === 0;

/** Who tier none runs as. */
export const UNPRIVILEGED_UID = canBeNobody ? 65_534 : 0;

/** Privilege tiers as the documentation describes them; each wraps a command. */
export const TIERS = {
  none: [
    'setpriv',
    ...(canBeNobody ? NOBODY : IS_TRUE_ROOT ? NO_GROUP : []),
    '--bounding-set=-all',
    '--inh-caps=-all',
    '--no-new-privs',
  ],
  bpf: [
    'setpriv',
    ...(canBeNobody ? NOBODY : IS_TRUE_ROOT ? NO_GROUP : []),
    '--bounding-set=-all,+bpf,+perfmon',
    '--inh-caps=-all,+bpf,+perfmon',
    '--ambient-caps=-all,+bpf,+perfmon',
    '--no-new-privs',
  ],
  full: [
    'setpriv',
    '--bounding-set=-all,+sys_admin,+sys_ptrace,+dac_read_search',
    '--inh-caps=-all',
    '--no-new-privs',
  ],
} as const;

export type Tier = keyof typeof TIERS;
