import { type RequestOptions, request } from 'node:https';
import { TLSSocket } from 'node:tls';
import type { Answer } from './daemon.ts';

export interface TlsAnswer extends Answer {
  /** The common name in the server's certificate. */
  readonly server: string;
}

/** Source ports of these requests: below any scenario's range, each used once. */
let sourcePort = 25_000;

/** One request over TLS to port 9065 of loopback, or as `options` say. */
export function requestTls(path: string, options: RequestOptions): Promise<TlsAnswer> {
  sourcePort += 1;
  const where = { host: '127.0.0.1', port: 9065, path, localPort: sourcePort, agent: false };
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...where, ...options }, (response) => {
      const { socket } = response;
      const server =
        socket instanceof TLSSocket ? String(socket.getPeerCertificate().subject.CN) : '';
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks), server });
      });
    });
    outgoing.setTimeout(20_000, () => outgoing.destroy(new Error('no answer in 20 s')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
