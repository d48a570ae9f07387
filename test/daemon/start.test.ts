import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { MAIN, ONLY_HERE } from '../support/exporter.ts';
import { writeProcfs } from '../support/procfs.ts';
import { inNetwork } from '../support/scenario.ts';

/**
 * Whether a process handles SIGHUP, which is signal 1 and the last that the program comes to handle: `SigCgt` in
 * /proc/PID/status is a mask in hexadecimal digits. SIGINT and SIGTERM Node.js handles from its start, by itself.
 */
function handlesHangup(pid: number): boolean {
  const mask = /^SigCgt:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${mask}`) & 1n) !== 0n;
}

/** The program from its first moment on, and what it logs. */
class Start {
  readonly #process;
  readonly exited: Promise<string | number>;
  stderr = '';

  constructor(...args: readonly string[]) {
    const all = [MAIN, '--web.listen-address=127.0.0.1:9065', ONLY_HERE, ...args];
    this.#process = spawn(process.execPath, all, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exited = new Promise((resolve) => {
      this.#process.once('exit', (status, signal) => {
        resolve(status ?? signal ?? '');
      });
    });
  }

  /** Sends a signal as soon as the program can take it; returns what it had logged by then. */
  async send(signal: NodeJS.Signals): Promise<string> {
    for (let tries = 0; tries < 5000 && !handlesHangup(this.#process.pid ?? 0); tries += 1) {
      await sleep(1);
    }
    const before = this.stderr;
    this.#process.kill(signal);
    return before;
  }

  async says(text: string): Promise<boolean> {
    for (let tries = 0; tries < 200; tries += 1) {
      if (this.stderr.includes(text)) return true;
      await sleep(50);
    }
    return false;
  }

  end(): void {
    this.#process.kill('SIGKILL');
  }
}

describe('before it listens', () => {
  test('SIGHUP is kept, and is a reload once it listens', () =>
    inNetwork(async () => {
      const start = new Start();
      expect(await start.send('SIGHUP')).not.toContain('listening on');
      expect(await start.says('"trigger":"SIGHUP"')).toBe(true);
      start.end();
      expect(await start.exited).toBe('SIGKILL');
    }));

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} is kept, and ends it in good order`, () =>
      inNetwork(async () => {
        const start = new Start();
        expect(await start.send(signal)).not.toContain('listening on');
        expect(await start.exited).toBe(0);
        expect(start.stderr).toContain(`${signal}: stopping`);
      }));
  }

  test('a command that is no daemon ends by a signal, as any program does', async () => {
    const procfs = writeProcfs();
    rmSync(join(procfs, 'net/tcp'));
    execFileSync('mkfifo', [join(procfs, 'net/tcp')]);
    const child = spawn(process.execPath, [MAIN, '--once', ONLY_HERE, `--path.procfs=${procfs}`]);
    await sleep(2500);
    child.kill('SIGHUP');
    expect((await once(child, 'exit'))[1]).toBe('SIGHUP');
  });
});

test('SIGUSR1 opens no inspector', () =>
  inNetwork(async () => {
    const daemon = await Daemon.start();
    daemon.process.kill('SIGUSR1');
    await daemon.nextPoll();
    expect(daemon.stderr).not.toContain('Debugger');
    const listening = readFileSync(`/proc/${daemon.process.pid ?? 0}/net/tcp`, 'utf8');
    // 127.0.0.1:9229, where Node.js puts it.
    expect(listening).not.toContain('0100007F:240D');
    expect(await daemon.stop()).toBe(0);
  }));
