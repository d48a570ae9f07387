import { Agent, get } from 'node:http';
import { gunzipSync } from 'node:zlib';

export interface Page {
  readonly status: number;
  readonly body: Buffer;
  readonly milliseconds: number;
}

/** Scrapes as Prometheus does: one connection that stays open, gzip wanted. */
export class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #url: string;

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}/metrics`;
  }

  /** One scrape; the time is from the request to the last byte. */
  scrape(): Promise<Page> {
    const options = { agent: this.#agent, headers: { 'Accept-Encoding': 'gzip' } };
    const startMs = performance.now();
    return new Promise((resolve, reject) => {
      const request = get(this.#url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const milliseconds = performance.now() - startMs;
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks), milliseconds });
        });
      });
      request.on('error', reject);
    });
  }

  /** The page of a scrape; undefined where there is no good one yet. */
  async text(): Promise<string | undefined> {
    const page = await this.scrape().catch(() => undefined);
    if (page?.status !== 200) return undefined;
    return (page.body.readUInt16BE(0) === GZIP ? gunzipSync(page.body) : page.body).toString();
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** What a gzip file starts with. */
const GZIP = 0x1f8b;
