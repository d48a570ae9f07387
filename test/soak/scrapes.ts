import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { faultsOfPage, linesOfPoll } from './page-checks.ts';
import type { Findings } from './findings.ts';

const EVERY_MS = 100;
/** As the exporter has it: three intervals of a second, but 30 s at least; and time for an answer on a busy machine. */
const STALE_SECONDS = 30;
const ANSWER_SECONDS = 5;

/** Asks for the page ten times a second, and looks at each answer. */
export class Scrapes {
  /** The last good page, and when it was asked for. */
  text = '';
  page = new Exposition('');
  answers = 0;
  polls = 0;
  largestBytes = 0;
  slowestMs = 0;
  oldestSeconds = 0;
  longestGapSeconds = 0;
  mostNamespaces = 0;
  mostEndpoints = 0;
  readonly #port: number;
  readonly #findings: Findings;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #polledAtSeconds = 0;
  #ofPoll = '';

  constructor(port: number, findings: Findings) {
    this.#port = port;
    this.#findings = findings;
  }

  /** The time of the last good poll on the last page. */
  get polledAtSeconds(): number {
    return this.#polledAtSeconds;
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const startMs = performance.now();
      try {
        await this.#scrape();
      } catch (error) {
        this.#findings.add(`a scrape failed: ${String(error)}`);
      }
      this.slowestMs = Math.max(this.slowestMs, performance.now() - startMs);
      await sleep(Math.max(1, EVERY_MS - (performance.now() - startMs)));
    }
    this.#agent.destroy();
  }

  async #scrape(): Promise<void> {
    const { status, text } = await this.#get('/metrics');
    this.answers += 1;
    if (status !== 200) throw new Error(`status ${status}`);
    for (const fault of faultsOfPage(text)) this.#findings.add(`page: ${fault}`);
    this.text = text;
    this.page = new Exposition(text);
    this.largestBytes = Math.max(this.largestBytes, text.length);
    this.#look(text, Date.now() / 1000);
  }

  /** A page is of one poll, the latest, and no older than it says. */
  #look(text: string, nowSeconds: number): void {
    const polledAt = this.page.value('poll_last_success_timestamp_seconds');
    const ofPoll = linesOfPoll(text);
    const age = nowSeconds - polledAt;
    if (polledAt < this.#polledAtSeconds)
      this.#findings.add('an older poll came after a newer one');
    if (age < 0) this.#findings.add(`a poll of the future, by ${-age} s`);
    if (ofPoll !== '' && age > STALE_SECONDS + ANSWER_SECONDS)
      this.#findings.add(`numbers are shown that are ${age} s old`);
    if (polledAt === this.#polledAtSeconds && ofPoll !== this.#ofPoll && ofPoll !== '')
      this.#findings.add('the numbers changed without a poll');
    if (polledAt > this.#polledAtSeconds) this.#newPoll(polledAt);
    this.#ofPoll = ofPoll;
    this.oldestSeconds = Math.max(this.oldestSeconds, age);
  }

  #newPoll(polledAt: number): void {
    const gap = polledAt - this.#polledAtSeconds;
    if (this.#polledAtSeconds > 0) this.longestGapSeconds = Math.max(this.longestGapSeconds, gap);
    this.#polledAtSeconds = polledAt;
    this.polls += 1;
    this.mostNamespaces = Math.max(
      this.mostNamespaces,
      this.page.value('netns', { result: 'scanned' }),
    );
    const held = this.page.samples.filter(({ name }) => name === 'ephemeral_ports_endpoint_held');
    this.mostEndpoints = Math.max(this.mostEndpoints, held.length);
  }

  #get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const options = { host: '127.0.0.1', port: this.#port, path, agent: this.#agent };
    return new Promise((resolve, reject) => {
      const outgoing = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, text });
        });
      });
      outgoing.setTimeout(30_000, () => outgoing.destroy(new Error('no answer in 30 s')));
      outgoing.on('error', reject);
      outgoing.end();
    });
  }
}
