import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Daemon } from '../support/daemon.ts';
import type { Host } from '../support/host.ts';
import type { Random } from '../support/random.ts';
import type { Findings } from './findings.ts';
import type { Scrapes } from './scrapes.ts';

const EVERY_MS = 4000;
const PATIENCE_MS = 30_000;

/** All endpoints are exported, so that each can be compared with the kernel. */
export const GOOD = 'endpoints: { limit: 1000, limit_at_risk: 1000, min_ratio: 0 }\n';
const OTHER = `${GOOD}alerts: { EphemeralPortsExhaustion: { warning: 0.6, critical: 0.8, for: 1s } }\n`;
const BROKEN = `${GOOD}alerts: { EphemeralPortsExhaustion: { warning: much } }\n`;

const STORM =
  'i=0; while [ $i -lt 30 ]; do i=$((i + 1)); unshare --net sleep 0.$((i % 10)) & done; wait';

/** What the faults are done to. */
export interface Victim {
  readonly daemon: Daemon;
  readonly host: Host;
  /** The daemon's process. */
  readonly pid: number;
  readonly configFile: string;
}

/** What is done to the exporter now and then, and how often it was. */
export class Faults {
  readonly counts = new Map<string, number>();
  readonly #victim: Victim;
  readonly #scrapes: Scrapes;
  readonly #findings: Findings;
  readonly #random: Random;
  #isOver = (): boolean => false;

  constructor(victim: Victim, scrapes: Scrapes, findings: Findings, random: Random) {
    this.#victim = victim;
    this.#scrapes = scrapes;
    this.#findings = findings;
    this.#random = random;
  }

  async run(isOver: () => boolean): Promise<void> {
    this.#isOver = isOver;
    const faults: Readonly<Record<string, () => Promise<void>>> = {
      SIGHUP: () => this.#hangUp(),
      'another configuration': () => this.#rewrite(),
      'a broken configuration, then a good one': () => this.#break(),
      '`POST /-/reload`': () => this.#postReload(),
      '20 HTTP clients that go away': () => this.#abortClients(),
      'a client that does not read its answer': () => this.#stall(),
      '30 namespaces that live for less than a second': () => this.#storm(),
      'the daemon is stopped for two seconds': () => this.#freeze(),
    };
    let queue: readonly [string, () => Promise<void>][] = [];
    while (!isOver()) {
      await sleep(EVERY_MS);
      if (queue.length === 0) queue = this.#random.shuffled(Object.entries(faults));
      const [next, ...rest] = queue;
      queue = rest;
      if (next === undefined) continue;
      await next[1]();
      this.counts.set(next[0], (this.counts.get(next[0]) ?? 0) + 1);
    }
  }

  #hangUp(): Promise<void> {
    process.kill(this.#victim.pid, 'SIGHUP');
    return Promise.resolve();
  }

  async #postReload(): Promise<void> {
    const { status } = await this.#victim.daemon.ask('POST', '/-/reload');
    if (status !== 200 && status !== 429) this.#findings.add(`POST /-/reload: ${status}`);
  }

  async #rewrite(): Promise<void> {
    this.#write(this.#random.pick([GOOD, OTHER]));
    await sleep(1000);
    this.#write(GOOD);
  }

  async #break(): Promise<void> {
    this.#write(BROKEN);
    await this.#untilReloadIs(0);
    this.#write(GOOD);
    await this.#untilReloadIs(1);
  }

  #write(text: string): void {
    writeFileSync(this.#victim.configFile, text);
  }

  /** Once the soak is over nobody scrapes any more, so that the page stays as it is. */
  async #untilReloadIs(success: 0 | 1): Promise<void> {
    const endMs = performance.now() + PATIENCE_MS;
    const isSo = (): boolean =>
      this.#scrapes.page.find('config_last_reload_successful') === success;
    while (!isSo() && !this.#isOver() && performance.now() < endMs) await sleep(100);
    if (!isSo() && !this.#isOver())
      this.#findings.add(`config_last_reload_successful does not become ${success}`);
  }

  async #abortClients(): Promise<void> {
    for (let client = 0; client < 20; client += 1) {
      const socket = this.#connect();
      socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n');
      if (client % 2 === 0) socket.write('\r\n');
      await sleep(this.#random.below(20));
      socket.destroy();
    }
  }

  async #stall(): Promise<void> {
    const socket = this.#connect();
    socket.pause();
    for (let requests = 0; requests < 20; requests += 1) {
      socket.write('GET /api/v1/snapshot HTTP/1.1\r\nHost: localhost\r\n\r\n');
    }
    await sleep(2000);
    socket.destroy();
  }

  #connect(): ReturnType<typeof createConnection> {
    const socket = createConnection({ host: '127.0.0.1', port: this.#victim.daemon.port });
    // That it is cut off is what it is for.
    socket.on('error', () => undefined);
    return socket;
  }

  #storm(): Promise<void> {
    this.#victim.host.runLater('sh', '-c', STORM);
    return Promise.resolve();
  }

  async #freeze(): Promise<void> {
    process.kill(this.#victim.pid, 'SIGSTOP');
    await sleep(2000);
    process.kill(this.#victim.pid, 'SIGCONT');
    // `nsenter`, which started it, stops itself with it.
    this.#victim.daemon.process.kill('SIGCONT');
  }
}
