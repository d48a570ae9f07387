import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Overview } from '../../../src/answers/overview/overview.ts';
import { isTooWide } from '../../support/columns.ts';
import { Daemon } from '../../support/daemon.ts';
import { MAIN, ONLY_HERE, run } from '../../support/exporter.ts';
import { inNetwork } from '../../support/scenario.ts';
import { missingTerminal, Terminal } from '../../support/terminal.ts';
import type { Network } from '../../../deploy/demo/lab/network.ts';

const NO_TERMINAL = missingTerminal();

/** Programs of this thread's network namespace alone: the machine's own differ. */
const TOP = `${process.execPath} ${MAIN} top`;
const OWN = `${TOP} ${ONLY_HERE} --poll.interval=1s`;

const PLANT = new URL('../../support/plant-crash.js', import.meta.url).pathname;

const FOLDER = mkdtempSync(join(tmpdir(), 'epe-top-'));

/** 95 of 100 ports towards one destination, 3 towards another, and a listener in the range. */
function crowd(network: Network): void {
  network.listen('127.0.0.1', 80);
  network.listen('127.0.0.1', 81);
  network.bindTcp('127.0.0.1', 40_050);
  for (let opened = 0; opened < 95; opened += 1) network.connect({ to: '127.0.0.1', port: 80 });
  for (let opened = 0; opened < 3; opened += 1) network.connect({ to: '127.0.0.1', port: 81 });
}

/** Runs `body` with a terminal beside sockets. */
async function inTerminal(
  body: (terminal: Terminal, network: Network) => void | Promise<void>,
  [width, height]: readonly [number, number] = [120, 36],
): Promise<void> {
  await inNetwork(async (network) => {
    crowd(network);
    const terminal = new Terminal(width, height);
    try {
      await body(terminal, network);
    } finally {
      terminal.close();
    }
  });
}

/** How the terminal is set, by stty. */
async function settings(terminal: Terminal, name: string): Promise<string> {
  const file = join(FOLDER, name);
  terminal.type(`stty -a > ${file}; echo written-${name}`);
  await terminal.until(new RegExp(`^written-${name}$`, 'm'));
  return readFileSync(file, 'utf8');
}

describe.skipIf(NO_TERMINAL !== undefined)(
  NO_TERMINAL === undefined ? 'top on a terminal' : `top on a terminal: ${NO_TERMINAL}`,
  () => {
    test('says first whether the node is healthy, then who runs out, why, and what to do', async () => {
      await inTerminal(async (terminal) => {
        terminal.type(OWN);
        const screen = await terminal.until(/^▶ CRITICAL 127\.0\.0\.1 → 127\.0\.0\.1:80/m);
        expect(screen.split('\n')[0]).toMatch(/^In trouble: .*127\.0\.0\.1:80/);
        expect(screen).toMatch(/\[1 at risk \d+\]/);
        expect(screen).toMatch(/█+│█+.* 95 taken, \d+ blocked, \d+ of \d+ left/);
        expect(screen).toMatch(/^ {4}cause narrow range: 95 connections are open at once/m);
        expect(screen).toMatch(
          /^ {4}do {4}Somebody has set a narrow range: .*\n(?: +.*\n)?\s+also {2}sysctl -w net\.ipv4\.ip_local_port_range=/m,
        );
        expect(screen).toMatch(/^From its own polls \(--config\.file\): \d s ago, every 1 s$/m);
      });
    });

    test('shows each view by its key, and rows in the order of a key', async () => {
      await inTerminal(async (terminal) => {
        terminal.type(OWN);
        await terminal.until(/CRITICAL/);
        terminal.press('2');
        expect(await terminal.until(/\[2 all endpoints 2\]/)).toMatch(/:80 [\s\S]*:81 /);
        terminal.press('l');
        await terminal.until(/LEFT▲/);
        terminal.press('l');
        expect(await terminal.until(/LEFT▼/)).toMatch(/sorted by left ▼[\s\S]*:81 [\s\S]*:80 /);
        terminal.press('3');
        await terminal.until(/\[3 namespaces 1\][\s\S]* 40000-40099/);
        terminal.press('4');
        await terminal.until(/\[4 ports \d\][\s\S]*40050/);
        terminal.press('Right');
        await terminal.until(/\[5 UDP and bind \d\][\s\S]*bind\(0\) on 0\.0\.0\.0/);
        terminal.press('Tab');
        await terminal.until(/\[1 at risk/);
      });
    });

    test('filters while it is typed, says what is wrong, and lets the filter go', async () => {
      await inTerminal(async (terminal) => {
        terminal.type(OWN);
        await terminal.until(/CRITICAL/);
        terminal.press('2', '/');
        terminal.press('-l', 'dst::81 lef<');
        await terminal.until(/\/dst::81 lef< +unknown number "lef"/);
        terminal.press('BSpace', 'BSpace', 'BSpace', 'BSpace', 'Enter');
        const screen = await terminal.until(/filter dst::81: 1 of 2/);
        expect(screen).toMatch(/\[2 all endpoints 2\][^\n]*\nfilter dst::81/);
        expect(screen.match(/^From its own polls/gm)).toHaveLength(1);
        expect(screen).not.toMatch(/→ 127\.0\.0\.1:80 .*█/);
        terminal.press('/');
        terminal.press('-l', ' left<5');
        await terminal.until(/No row matches the filter; there are 2 without it/);
        terminal.press('Escape');
        await terminal.until(/filter dst::81: 1 of 2/);
        terminal.press('Escape');
        await terminal.until(/^ {2,}127\.0\.0\.1 → 127\.0\.0\.1:8\d.*$/m);
      });
    });

    test('tells everything about a row, and copies its lines to the clipboard', async () => {
      await inTerminal(async (terminal) => {
        terminal.type(OWN);
        await terminal.until(/CRITICAL/);
        terminal.press('Enter');
        const detail = await terminal.until(/What to do/);
        expect(detail).toMatch(/^sockets +95 established$/m);
        expect(detail).toMatch(/^EphemeralPortsExhaustion \(critical\)$/m);
        terminal.press('y');
        await terminal.until(/To the terminal's clipboard: sysctl/);
        expect(terminal.clipboard()).toBe('sysctl -w net.ipv4.ip_local_port_range="10240 60999"');
        terminal.press('s');
        await terminal.until(/To the terminal's clipboard: ss/);
        expect(terminal.clipboard()).toMatch(
          /^ss -Htan 'src 127\.0\.0\.1 and dst 127\.0\.0\.1:80 /,
        );
        terminal.press('Escape');
        await terminal.until(/Enter more/);
        terminal.press('?');
        await terminal.until(/^Keys$/m);
        terminal.press('G');
        await terminal.until(/Where this is from/);
      });
    });

    test('pauses: what is shown stays, and it says since when', async () => {
      await inTerminal(async (terminal, network) => {
        terminal.type(OWN);
        await terminal.until(/ 95 taken/);
        terminal.press('p');
        await terminal.until(/PAUSED since \d\d:\d\d:\d\d, \d s ago/);
        network.connect({ to: '127.0.0.1', port: 80 });
        expect(await terminal.until(/PAUSED since .*, 3 s ago/)).toMatch(/ 95 taken/);
        terminal.press('Space');
        await terminal.until(/ 96 taken/);
      });
    });

    test('follows the size of the terminal, down to 60 columns', async () => {
      await inTerminal(async (terminal) => {
        terminal.type(OWN);
        await terminal.until(/CRITICAL/);
        terminal.resize(60, 20);
        const narrow = await terminal.until(/\[1 risk\]/);
        expect(narrow).toMatch(/█+│█+▒· 95 taken, 1 blocked, 4 of 99 left$/m);
        expect(narrow.split('\n').filter((line) => isTooWide(line, 60))).toEqual([]);
        terminal.press('2');
        await terminal.until(/WHERE TO +USED +LEFT/);
        terminal.resize(160, 40);
        await terminal.until(/WHERE TO +WHO .*TIME_WAIT +ESTAB +FULL IN +REFUSED/);
      });
    });

    test('has colors, but where NO_COLOR is set', async () => {
      await inTerminal(async (terminal) => {
        terminal.type(OWN);
        await terminal.until(/CRITICAL/);
        expect(terminal.screen(true)).toContain('\u001b[31m');
        terminal.press('q');
        await terminal.until(/^\$ *$/m);
        terminal.type(`clear; NO_COLOR=1 ${OWN}`);
        await terminal.until(/CRITICAL/);
        expect(terminal.screen(true)).not.toContain('\u001b[');
      });
    });

    test.each([
      {
        by: 'q',
        end: (terminal: Terminal) => {
          terminal.press('q');
        },
        status: 0,
      },
      {
        by: 'Ctrl-C',
        end: (terminal: Terminal) => {
          terminal.press('C-c');
        },
        status: 0,
      },
      {
        by: 'SIGTERM',
        end: () => {
          signal('TERM');
        },
        status: 143,
      },
      {
        by: 'SIGHUP',
        end: () => {
          signal('HUP');
        },
        status: 129,
      },
    ])('gives the terminal back as it was at $by', async ({ end, status }) => {
      await inTerminal(async (terminal) => {
        const before = await settings(terminal, 'before');
        terminal.type(`clear; echo before-top; ${OWN} & echo $! > ${FOLDER}/pid; fg`);
        await terminal.until(/CRITICAL/);
        expect(terminal.modes()).toBe('1 0');
        end(terminal);
        const left = await terminal.until(/^before-top$/m);
        expect(left).not.toMatch(/CRITICAL/);
        terminal.type('echo status $?');
        await terminal.until(new RegExp(`^status ${status}$`, 'm'));
        expect(terminal.modes()).toBe('0 1');
        expect(await settings(terminal, 'after')).toBe(before);
      });
    });

    test.each(['drawing', 'news'])(
      'gives the terminal back as it was where %s throws, and says what was thrown',
      async (place) => {
        await inTerminal(async (terminal) => {
          const before = await settings(terminal, `before-${place}`);
          const when = join(FOLDER, `crash-${place}`);
          terminal.type(`clear; echo before-top; ${crashing(place, when)} ${OWN}`);
          await terminal.until(/CRITICAL/);
          expect(terminal.modes()).toBe('1 0');
          writeFileSync(when, '');
          const left = await terminal.until(new RegExp(`TypeError: planted in ${place}`));
          expect(left).toMatch(/^before-top$/m);
          expect(left).not.toMatch(/CRITICAL/);
          terminal.type('echo status $?');
          await terminal.until(/^status 1$/m);
          expect(terminal.modes()).toBe('0 1');
          expect(await settings(terminal, `after-${place}`)).toBe(before);
        });
      },
    );

    test('goes on where the thread that polls dies, says so, and gives the terminal back', async () => {
      await inTerminal(async (terminal) => {
        const before = await settings(terminal, 'before-thread');
        const when = join(FOLDER, 'crash-thread');
        terminal.type(`clear; echo before-top; ${crashing('thread', when)} ${OWN}`);
        await terminal.until(/CRITICAL/);
        writeFileSync(when, '');
        await terminal.until(/the thread that polls has died/);
        rmSync(when);
        await terminal.until(/^From its own polls \(--config\.file\): \d s ago, every 1 s$/m, 40);
        terminal.press('q');
        await terminal.until(/^before-top$/m);
        expect(terminal.modes()).toBe('0 1');
        expect(await settings(terminal, 'after-thread')).toBe(before);
      });
    });

    test('shows what a daemon on loopback knows, and polls by itself where none answers', async () => {
      await inTerminal(async (terminal) => {
        const daemon = await Daemon.start();
        terminal.type(TOP);
        await terminal.until(
          /^From the daemon at http:\/\/127\.0\.0\.1:9065: \d s ago, every 1 s$/m,
        );
        await terminal.until(/\[1 at risk/);
        await daemon.stop();
        await terminal.until(
          /the daemon at http:\/\/127\.0\.0\.1:9065: nobody listens there, last \d+ s ago/,
        );
        terminal.press('q');
        await terminal.until(/^\$ *$/m);
        terminal.type(TOP);
        await terminal.until(/From its own polls \(no daemon at http:\/\/127\.0\.0\.1:9065\)/);
        terminal.press('q');
      });
    });

    test('can be stopped and goes on', async () => {
      await inTerminal(async (terminal) => {
        terminal.type(OWN);
        await terminal.until(/CRITICAL/);
        terminal.press('C-z');
        await terminal.until(/Stopped/);
        expect(terminal.modes()).toBe('0 1');
        terminal.type('fg');
        await terminal.until(/^▶ CRITICAL/m);
        expect(terminal.modes()).toBe('1 0');
      });
    });
  },
);

/** Environment under which something throws once the file `when` is there. */
function crashing(place: string, when: string): string {
  return `CRASH_IN=${place} CRASH_WHEN=${when} NODE_OPTIONS=--import=${PLANT}`;
}

function signal(name: string): void {
  process.kill(Number(readFileSync(join(FOLDER, 'pid'), 'utf8')), `SIG${name}`);
}

describe('top without a terminal', () => {
  test('writes a block of lines for each poll, without escape sequences', async () => {
    await inNetwork((network) => {
      crowd(network);
      const { status, stdout, stderr } = run(
        'top',
        ONLY_HERE,
        '--poll.interval=1s',
        '--iterations=2',
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).not.toContain('\u001b');
      const blocks = stdout.trim().split('\n\n');
      expect(blocks).toHaveLength(2);
      expect(blocks[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ In trouble: /);
      expect(blocks[0]).toMatch(/^CRITICAL 127\.0\.0\.1 → 127\.0\.0\.1:80 \(/m);
      expect(blocks[0]).toMatch(
        /^ {2}do: Somebody has set a narrow range: .*\n {2}also: sysctl -w /m,
      );
      expect(blocks[0]).toMatch(/^WHERE TO +WHO/m);
    });
  });

  test('with --json writes an overview per line', async () => {
    await inNetwork((network) => {
      crowd(network);
      const { status, stdout } = run(
        'top',
        ONLY_HERE,
        '--poll.interval=1s',
        '--iterations=2',
        '--json',
      );
      expect(status).toBe(0);
      const overviews = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Overview);
      expect(overviews.map(({ schema }) => schema)).toEqual([1, 1]);
      expect(overviews[0]?.endpoints[0]).toMatchObject({ remote_port: 80, held: 95 });
    });
  });

  test('ends when nobody reads any more', async () => {
    await inNetwork(async (network) => {
      crowd(network);
      const args = [MAIN, 'top', ONLY_HERE, '--poll.interval=1s'];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      child.stdout.destroy();
      const [status] = (await once(child, 'exit')) as [number];
      expect(status).toBe(0);
    });
  });

  test.each([
    [
      ['--from=http://10.0.0.1:9065'],
      "--from: only a daemon on this host's loopback is asked, not 10.0.0.1",
    ],
    [
      ['--from=http://127.0.0.1:9', '--no-daemon'],
      '--from and --no-daemon: a daemon has flags of its own',
    ],
    [
      ['--from=http://127.0.0.1:9', '--poll.interval=1s'],
      '--from and --poll.interval: a daemon has flags of its own',
    ],
    [['--iterations=0'], '--iterations: expected a number from 1 on, found "0"'],
    [['now'], 'unexpected argument "now"'],
  ])('refuses %j', (args, message) => {
    expect(run('top', ...args)).toEqual({
      status: 2,
      stdout: '',
      stderr: `ephemeral-port-exporter: ${message}\n`,
    });
  });

  test('ends where the daemon that was named gives no answer', async () => {
    await inNetwork(() => {
      expect(run('top', '--from=http://127.0.0.1:9')).toEqual({
        status: 1,
        stdout: '',
        stderr: 'ephemeral-port-exporter: the daemon at http://127.0.0.1:9: nobody listens there\n',
      });
    });
  });

  test('comes in with the user of a daemon that asks for one', async () => {
    await inNetwork(async () => {
      // htpasswd -nbBC 4 me secret
      const hash = '$2y$04$FZ1TVWyMwGPKYkFUMk6FI.1jxhgsjCDXZnUU.MiWEZsGqVNGhHhJe';
      const web = join(FOLDER, 'web.yaml');
      writeFileSync(web, `basic_auth_users: { me: ${JSON.stringify(hash)} }\n`);
      await Daemon.startAt('/-/healthy', `--web.config.file=${web}`);
      const without = run('top', '--iterations=1');
      expect(without.stdout).toMatch(
        /From its own polls \(the daemon at .*: it wants a user: --from=/,
      );
      const wrong = run('top', '--iterations=1', '--from=http://me:wrong@127.0.0.1:9065');
      expect(wrong.status).toBe(1);
      expect(wrong.stderr).not.toContain('wrong');
    });
  });
});
