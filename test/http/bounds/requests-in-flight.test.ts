import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createConnection, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RequestsInFlight } from '../../../src/http/bounds/requests-in-flight.ts';

const GET = 'GET / HTTP/1.1\r\nHost: test\r\n\r\n';

let server: Server;
let client: Socket;
let requests: RequestsInFlight;
let taken: ServerResponse[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  requests = new RequestsInFlight();
  taken = [];
  server = createServer((request, response) => {
    if (requests.begin(request, response)) taken.push(response);
  });
  server.on('connection', (socket: Socket) => {
    requests.connected(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  await once(client, 'connect');
});

afterEach(() => {
  vi.useRealTimers();
  client.destroy();
  server.close();
});

async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setImmediate(resolve));
}

test('an answer that is not taken within a minute costs the connection', async () => {
  client.write(GET);
  await until(() => taken.length === 1);
  vi.advanceTimersByTime(59_999);
  expect(taken[0]?.socket?.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(taken[0]?.socket?.destroyed).toBe(true);
});

test('the minute begins anew with the first request after an answer', async () => {
  client.resume();
  client.write(GET);
  await until(() => taken.length === 1);
  vi.advanceTimersByTime(50_000);
  taken[0]?.end('good');
  await until(() => taken[0]?.closed === true);
  client.write(GET);
  await until(() => taken.length === 2);
  vi.advanceTimersByTime(50_000);
  expect(taken[1]?.socket?.destroyed).toBe(false);
});

test('eight requests may wait; the ninth costs the connection, and all hear of it', async () => {
  client.write(GET.repeat(20));
  await until(() => taken.length > 0);
  expect(taken).toHaveLength(8);
  let closed = 0;
  for (const response of taken) response.once('close', () => (closed += 1));
  await until(() => closed === 8);
  expect(client.bytesRead).toBe(0);
});

test('ending ends an idle connection at once, and the others after their answers', async () => {
  client.resume();
  client.write(GET);
  await until(() => taken.length === 1);
  requests.endConnections();
  let text = '';
  client.on('data', (chunk: Buffer) => (text += chunk.toString()));
  taken[0]?.end('x'.repeat(5_000_000));
  await once(client, 'end');
  expect(text.length).toBeGreaterThan(5_000_000);
});
