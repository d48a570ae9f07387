import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, as files in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority for one test file; all its files are in one folder. */
export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), 'epe-certificates-'));
  readonly own: Certificate;

  constructor(name = 'Test authority') {
    this.own = this.#paths('ca');
    this.#openssl(...NEW_KEY, '-x509', '-days', '2', '-subj', `/CN=${name}`, ...output(this.own));
  }

  /** A certificate for a server or a client, with these alternative names, such as `DNS:localhost`. */
  issue(name: string, ...alternativeNames: readonly string[]): Certificate {
    const issued = this.#paths(name);
    const request = join(this.folder, `${name}.csr`);
    const extensions = join(this.folder, `${name}.ext`);
    const names = alternativeNames.join(',');
    writeFileSync(extensions, names === '' ? '' : `subjectAltName=${names}\n`);
    this.#openssl(...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', issued.key, '-out', request);
    const by = ['-CA', this.own.cert, '-CAkey', this.own.key, '-CAcreateserial', '-days', '2'];
    this.#run('x509', '-req', '-in', request, ...by, '-extfile', extensions, '-out', issued.cert);
    return issued;
  }

  #paths(name: string): Certificate {
    return { cert: join(this.folder, `${name}.pem`), key: join(this.folder, `${name}.key`) };
  }

  #openssl(...args: readonly string[]): void {
    this.#run('req', ...args);
  }

  #run(...args: readonly string[]): void {
    execFileSync('openssl', args, { stdio: 'ignore' });
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

function output({ cert, key }: Certificate): readonly string[] {
  return ['-keyout', key, '-out', cert];
}

/** What a client of TLS needs, as Node.js takes it. */
export function clientOptions(authority: Authority, own?: Certificate) {
  return {
    ca: readFileSync(authority.own.cert, 'utf8'),
    ...(own && { cert: readFileSync(own.cert, 'utf8'), key: readFileSync(own.key, 'utf8') }),
  };
}
