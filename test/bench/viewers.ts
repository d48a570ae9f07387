import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { Overview } from '../../src/answers/overview/overview.ts';
import { waitAfterAnswer } from '../../src/http/page/model/waits.ts';
import { argument, serve } from './child.ts';

/** Viewers of the live page: each asks for an overview after each poll, over a connection that it keeps, as the page does. */

const { port, viewers } = argument() as { readonly port: number; readonly viewers: number };

let isWatching = false;
let answers = 0;
let bytes = 0;

serve({
  watch: () => {
    isWatching = true;
    [answers, bytes] = [0, 0];
    for (let viewer = 0; viewer < viewers; viewer += 1) void watch();
  },
  leave: () => {
    isWatching = false;
    return { answers, bytes };
  },
});

async function watch(): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let lastTakenAt = 0;
  while (isWatching) {
    const { overview, serverMs } = await ask(agent);
    const isNew = overview.taken_at_seconds !== lastTakenAt;
    lastTakenAt = overview.taken_at_seconds;
    await sleep(waitAfterAnswer(overview, serverMs, isNew));
  }
  agent.destroy();
}

function ask(agent: Agent): Promise<{ readonly overview: Overview; readonly serverMs: number }> {
  const url = `http://127.0.0.1:${port}/api/v1/overview`;
  return new Promise((resolve, reject) => {
    const options = { agent, headers: { 'Accept-Encoding': 'gzip' } };
    const request = get(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        if (response.statusCode !== 200)
          throw new Error(`a viewer was answered ${response.statusCode}`);
        const body = Buffer.concat(chunks);
        answers += 1;
        bytes += body.length;
        const text = response.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        const overview = JSON.parse(text.toString()) as Overview;
        resolve({ overview, serverMs: Date.parse(response.headers.date ?? '') });
      });
    });
    request.on('error', reject);
  });
}
