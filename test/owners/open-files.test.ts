import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OpenFiles } from '../../src/owners/open-files.ts';
import { NO_BPF } from '../support/bpf.ts';
import { programsOf } from '../support/bpf-programs.ts';
import { IS_TRUE_ROOT } from '../support/host.ts';
import { asNobody } from '../support/nobody.ts';
import { listen } from '../support/listen.ts';
import { SocketClient } from '../support/socket-client.ts';
import { inNetwork } from '../support/scenario.ts';

let servers: Server[] = [];

beforeEach(async () => {
  servers = Array.from({ length: 20 }, () => createServer());
  for (const [index, server] of servers.entries()) await listen(server, `open-files-${index}`);
});

afterEach(() => {
  for (const server of servers) server.close();
});

/** The sockets of some processes, as `PID INODE`. */
function socketsOf(files: OpenFiles, pids: readonly number[]): readonly string[] {
  const sockets: string[] = [];
  for (const { pid, inode } of files.list())
    if (inode !== undefined && pids.includes(pid)) sockets.push(`${pid} ${inode}`);
  return sockets.toSorted();
}

describe.runIf(IS_TRUE_ROOT && NO_BPF === undefined)('files that processes have open', () => {
  test('are the same by BPF as by /proc, of this process and of others', async () => {
    await inNetwork(async (network) => {
      network.listen('127.0.0.1', 80);
      const clients = [SocketClient.start(), SocketClient.start()];
      try {
        for (const client of clients) await client.open(30);
        const pids = [process.pid, ...clients.map(({ pid }) => pid)];
        const expected = socketsOf(new OpenFiles('/proc', Infinity), pids);
        expect(expected.length).toBeGreaterThanOrEqual(80);
        const byBpf = new OpenFiles('/proc', 0);
        // The first pass goes over to BPF when it has seen one file.
        expect([...new Set(socketsOf(byBpf, pids))]).toEqual(expected);
        expect(socketsOf(byBpf, pids)).toEqual(expected);
        byBpf.close();
      } finally {
        for (const client of clients) await client.end();
      }
    });
  });

  test('come process by process, lowest pid first', () => {
    const files = new OpenFiles('/proc', 0);
    const pids = [...files.list()].slice(1).map(({ pid }) => pid);
    files.close();
    expect(pids).toEqual(pids.toSorted((a, b) => a - b));
  });

  test('where there are few, load no program; where there are many, one that is unloaded', () => {
    const before = programsOf('self');
    const few = new OpenFiles('/proc', Infinity);
    for (const { pid } of few.list()) expect(pid).toBeGreaterThan(0);
    expect(programsOf('self')).toEqual(before);
    const many = new OpenFiles('/proc', 0);
    // Left in the midst of a pass.
    for (const { pid } of many.list()) if (pid === process.pid) break;
    expect(programsOf('self').length).toBe(before.length + 1);
    many.close();
    expect(programsOf('self')).toEqual(before);
  });

  test('are read from /proc alone where BPF is not allowed', () => {
    asNobody(() => {
      const own = socketsOf(new OpenFiles('/proc', 0), [process.pid]);
      expect(own).toEqual(socketsOf(new OpenFiles('/proc', Infinity), [process.pid]));
    });
  });
});
