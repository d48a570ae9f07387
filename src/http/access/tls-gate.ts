import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  createSecureContext,
  createServer,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
} from 'node:tls';
import { ConfigError } from '../../config/config-error.ts';
import type { Pem, TlsConfig } from '../../config/web-config.ts';
import { certificateProblem } from './client-certificate.ts';
import { readSmallFile } from './small-file.ts';

/** Time for a handshake, in milliseconds. Chosen, like that of a request. */
const HANDSHAKE_MS = 10_000;

/** Turns connections into TLS connections, by one configuration. */
export class TlsGate {
  readonly #server: Server;
  /** What is wrong with the client certificates of the connections that came through, undefined where nothing is. */
  readonly #problems = new WeakMap<object, string | undefined>();

  private constructor(
    config: TlsConfig,
    context: SecureContextOptions,
    pass: (socket: TLSSocket) => void,
  ) {
    const requestCert = config.clientAuth !== 'NoClientCert';
    this.#server = createServer({
      ...context,
      requestCert,
      // Judged for each request, so that probes need no certificate.
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_MS,
      ALPNProtocols: ['http/1.1'],
    });
    this.#server.on('secureConnection', (socket) => {
      this.#problems.set(socket, certificateProblem(socket, config));
      pass(socket);
    });
    // Whoever does not speak TLS, or not as is asked for, is not worth a line in the log: anybody could fill it.
    this.#server.on('tlsClientError', (_error, socket) => {
      socket.destroy();
    });
  }

  /** `pass` takes each connection whose handshake has succeeded. Throws `ConfigError`. */
  static async open(config: TlsConfig, pass: (socket: TLSSocket) => void): Promise<TlsGate> {
    const context = await contextOf(config);
    return new TlsGate(config, context, pass);
  }

  accept(socket: Socket): void {
    this.#server.emit('connection', socket);
  }

  /** Whether the connection came through this gate, and not through one of an earlier configuration. */
  knows(socket: object): boolean {
    return this.#problems.has(socket);
  }

  /** Why the client certificate of a connection does not let it in; undefined where it does. */
  problemOf(socket: object): string | undefined {
    return this.#problems.get(socket);
  }
}

/** Files of a configuration. */
export function filesOf({ certificate, key, clientCa }: TlsConfig): readonly string[] {
  return [certificate, key, clientCa].flatMap((pem) => {
    return pem !== undefined && 'file' in pem ? [pem.file] : [];
  });
}

async function contextOf(config: TlsConfig): Promise<SecureContextOptions> {
  const { certificate, key, clientCa, minVersion, maxVersion } = config;
  const options: SecureContextOptions = {
    cert: await read(certificate),
    key: await read(key),
    ...(clientCa !== undefined && { ca: await read(clientCa) }),
    minVersion,
    maxVersion,
    ...(config.ciphers !== undefined && { ciphers: config.ciphers }),
    ...(config.curves !== undefined && { ecdhCurve: config.curves }),
    honorCipherOrder: config.serverChoosesCipher,
    // A session that goes on without a handshake would keep what an earlier configuration let in.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
  check(config, options);
  return options;
}

function read(pem: Pem): Promise<string> {
  return 'file' in pem ? readSmallFile(pem.file) : Promise.resolve(pem.text);
}

/** OpenSSL says whether certificate and key are what they should be, and belong together. */
function check({ certificate }: TlsConfig, options: SecureContextOptions): void {
  try {
    createSecureContext(options);
  } catch (error) {
    const where = 'file' in certificate ? certificate.file : 'cert';
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${where}: the certificate and its key cannot be used (${reason})`, {
      cause: error,
    });
  }
}
