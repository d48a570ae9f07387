import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Polls, SOURCES } from '../support/polls.ts';
import { inNetwork } from '../support/scenario.ts';

/**
 * A client that opens 250 connections a second and counts them. Half of them it closes within a tenth of a second, so that
 * they end in its TIME_WAIT between two polls; the others live for three seconds. It ends when its input does, and then
 * says how many it has opened.
 */
const CLIENT = `
const net = require('node:net');
let opened = 0, open = true;
process.stdin.on('end', () => { open = false; setTimeout(() => { console.log(opened); process.exit(); }, 300); });
process.stdin.resume();
const server = net.createServer({ allowHalfOpen: false }, (socket) => socket.on('error', () => {}).resume());
server.listen(80, '127.0.0.1', 4096, () => {
  console.log('ready');
  setInterval(() => {
    for (let i = 0; open && i < 5; i += 1) {
      const lifeMs = i % 2 === 0 ? 100 * Math.random() : 3000;
      opened += 1;
      const socket = net.connect(80, '127.0.0.1').on('error', () => {});
      socket.on('connect', () => setTimeout(() => socket.end(), lifeMs));
    }
  }, 20);
});
`;

const POLLS = 2;
const INTERVAL_MS = 10_000;

test('opened are at most as many as a client counts, and no fewer than 98 %', () =>
  inNetwork(async (network) => {
    network.sysctl({ 'ipv4.tcp_tw_reuse': 0 });
    network.range(32_768, 60_999);
    const all = SOURCES.map((source) => new Polls({ flags: [`--poll.source=${source}`] }));
    try {
      for (const polls of all) await polls.next();
      const client = spawn(process.execPath, ['-e', CLIENT], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const lines = createInterface(client.stdout)[Symbol.asyncIterator]();
      expect((await lines.next()).value).toBe('ready');
      for (let poll = 0; poll < POLLS; poll += 1) {
        await sleep(INTERVAL_MS);
        for (const polls of all) await polls.next();
      }
      client.stdin.end();
      const opened = Number((await lines.next()).value);
      if (client.exitCode === null) await once(client, 'exit');
      expect(opened).toBeGreaterThan(1000);
      for (const [index, polls] of all.entries()) {
        const page = await polls.next();
        const said = page.value('endpoint_opens_total', { remote_port: '80' });
        expect(said, SOURCES[index]).toBeLessThanOrEqual(opened);
        expect(said, SOURCES[index]).toBeGreaterThanOrEqual(0.98 * opened);
      }
    } finally {
      for (const polls of all) polls.close();
    }
  }));
