import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll } from 'vitest';
import { Authority, type Certificate, clientOptions } from './certificates.ts';
import { Daemon, request, stopDaemons } from './daemon.ts';
import { requestTls } from './https.ts';
import { HIGH, inNetwork, LOW } from './scenario.ts';
import { Network } from '../../deploy/demo/lab/network.ts';

export const PASSWORD = 'correct horse';
export const USERS = `basic_auth_users: { alice: "${hashSync(PASSWORD, 4)}" }\n`;

/** TLS with the server's certificate, and `more` keys; names are relative to the folder of the file. */
export function tls(more = ''): string {
  return `tls_server_config: { cert_file: server.pem, key_file: server.key${more} }\n`;
}

/** TLS that asks clients for certificates. */
export function needs(type: string, more = ''): string {
  return tls(`, client_auth_type: ${type}, client_ca_file: ca.pem${more}`);
}

export function basic(user: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

/** The status over plain HTTP, or why there is no answer. */
export function plainStatus(path: string, headers = {}): Promise<number | string> {
  return request(9065, path, headers).then(({ status }) => status, String);
}

/** A file for `--web.config.file` and the certificates that it may name, in a folder of their own. */
export class WebFiles {
  readonly authority = new Authority();
  readonly server = this.authority.issue('server', 'DNS:localhost', 'IP:127.0.0.1', 'IP:::1');
  readonly prometheus = this.authority.issue(
    'prometheus',
    'DNS:prometheus.example',
    'IP:2001:db8::1',
  );
  readonly config = join(this.authority.folder, 'web.yml');

  write(content: string): void {
    writeFileSync(this.config, content);
  }

  /** A daemon with what the file says now. */
  launch(): Promise<Daemon> {
    return Daemon.launch(`--web.config.file=${this.config}`, '--web.listen-address=[::1]:9066');
  }

  /** Runs `body` with a daemon of its own that has this configuration. */
  with(content: string, body: (daemon: Daemon) => Promise<void>): Promise<void> {
    return inNetwork(async () => {
      this.write(content);
      await body(await this.launch());
    });
  }

  /** The status for a request with this certificate, or why there is no answer. */
  async statusWith(certificate?: Certificate, path = '/'): Promise<number | string> {
    const answer = requestTls(path, clientOptions(this.authority, certificate));
    return answer.then(({ status }) => status, String);
  }
}

/** As `WebFiles.with`, with one daemon for all tests of a `describe`: each reloads the file. */
export function oneDaemon(files: WebFiles): WebFiles['with'] {
  let network: Network;
  let daemon: Daemon;
  beforeAll(async () => {
    network = Network.enter();
    network.range(LOW, HIGH);
    files.write('');
    daemon = await files.launch();
  });
  afterAll(async () => {
    await stopDaemons();
    network.dispose();
  });
  return async (content, body) => {
    files.write(content);
    const before = reloads(daemon);
    daemon.process.kill('SIGHUP');
    await daemon.until('the file is in force', () => Promise.resolve(reloads(daemon) > before));
    await body(daemon);
  };
}

function reloads({ stderr }: Daemon): number {
  return stderr.split('web configuration reloaded').length;
}
