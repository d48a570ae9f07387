import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { ProcTree } from '../bench/proc-tree.ts';
import { MAIN, ONLY_HERE, run } from '../support/exporter.ts';
import { serve } from '../support/incident-stage.ts';
import { inNetwork } from '../support/scenario.ts';
import { missingTerminal, Terminal } from '../support/terminal.ts';

const COMMANDS = [
  { args: ['explain', '127.0.0.1:80', '--no-daemon'], status: 1 },
  { args: ['check'], status: 2 },
  { args: ['report'], status: 0 },
] as const;

/** What hangs neither on the width of a terminal nor on the time. */
function textOf(output: string): string {
  return output.replace(/\s/g, '').replace(/time20[\d-]+T[\d:.]+Z/, '');
}

const skipped = missingTerminal();

describe.each(COMMANDS)('$args', ({ args, status }) => {
  test('into a pipe that is closed after a line ends with its status, and without an error', () =>
    inNetwork((network) => {
      serve(network)(100);
      const command = [process.execPath, MAIN, ...args, ONLY_HERE].map((word) => `'${word}'`);
      const shell = `${command.join(' ')} | head -n 1; echo "status \${PIPESTATUS[0]}"`;
      const { stdout, stderr } = spawnSync('bash', ['-c', shell], { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(stdout.split('\n')[1]).toBe(`status ${status}`);
    }));

  test.skipIf(skipped !== undefined)(
    `on a terminal of 60 columns it is what a pipe gets${skipped ? ` (${skipped})` : ''}`,
    () =>
      inNetwork(async (network) => {
        serve(network)(100);
        const piped = run(...args, ONLY_HERE);
        expect(piped.status).toBe(status);
        // eslint-disable-next-line no-control-regex
        expect(piped.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
        const terminal = new Terminal(60, 200);
        try {
          const command = [process.execPath, MAIN, ...args, ONLY_HERE].join(' ');
          terminal.type(`clear; ${command}; echo "status $?"`);
          const screen = await terminal.until(/^status \d/m);
          expect(screen).toMatch(new RegExp(`^status ${status}$`, 'm'));
          expect(textOf(screen)).toContain(textOf(piped.stdout));
          const styled = terminal.screen(true);
          expect(styled).not.toContain('\u001b');
        } finally {
          terminal.close();
        }
      }),
  );
});

test.skipIf(skipped !== undefined)(
  `a long poll says on a terminal how far it is, and takes the line away${skipped ? ` (${skipped})` : ''}`,
  async () => {
    const terminal = new Terminal(80, 20);
    const tree = new ProcTree({ namespaces: 400, endpoints: 1000 });
    try {
      for (const command of ['check', 'explain 192.0.2.1:9 --no-daemon']) {
        const line = [process.execPath, MAIN, command, `--path.procfs=${tree.path}`].join(' ');
        terminal.type(`clear; ${line} | tail -n 1; echo "status $?"`);
        await terminal.until(/^looked at \d+ of 399 network namespaces…$/m);
        const screen = await terminal.until(/^status \d/m, 60);
        expect(screen).not.toContain('looked at');
      }
    } finally {
      terminal.close();
      tree.remove();
    }
  },
);
