import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Authority } from '../support/certificates.ts';
import { run, temporaryFile } from '../support/exporter.ts';
import { ASKED_MONITORING, DEPLOY, outcome } from '../support/monitoring.ts';

/** The example for `--web.config.file`, beside certificates that its names lead to. */

const authority = new Authority();
authority.issue('server', 'DNS:localhost');
const EXAMPLE = join(authority.folder, 'web.yaml');
copyFileSync(join(DEPLOY, 'systemd/web.yaml'), EXAMPLE);

const { name, reason, programs } = ASKED_MONITORING;

/** Names of clients are newer than Debian's own Prometheus. */
const KNOWS_CLIENTS = name === 'Prometheus 3';

test.skipIf(!KNOWS_CLIENTS || reason !== undefined)(`promtool of ${name} accepts it`, () => {
  const checked = outcome(programs.promtool, 'check', 'web-config', EXAMPLE);
  expect(checked.output).toContain('SUCCESS');
  expect(checked.status).toBe(0);
});

test('--config.check accepts it, alone and beside the configuration', () => {
  const alone = run('--config.check', `--web.config.file=${EXAMPLE}`);
  expect(alone).toMatchObject({ status: 0, stdout: `${EXAMPLE}: good\n` });
  const config = temporaryFile('good.yaml', 'poll: { interval: 1s }\n');
  const both = run('--config.check', `--config.file=${config}`, `--web.config.file=${EXAMPLE}`);
  expect(both).toMatchObject({ status: 0, stdout: `${config}: good\n${EXAMPLE}: good\n` });
});

test('--config.check says what is wrong with it, certificates included', () => {
  const wrong = join(authority.folder, 'wrong.yaml');
  const check = (content: string): ReturnType<typeof run> => {
    writeFileSync(wrong, content);
    return run('--config.check', `--web.config.file=${wrong}`);
  };
  const unknown = check('users: {}\n');
  expect(unknown.stderr).toContain(`${wrong}:1: unknown key "users"`);
  const missing = check('tls_server_config: { cert_file: none.pem, key_file: server.key }\n');
  expect(missing.stderr).toContain('none.pem: cannot be read');
  const mixedUp = check('tls_server_config: { cert_file: server.pem, key_file: ca.key }\n');
  expect(mixedUp.stderr).toContain('the certificate and its key cannot be used');
  expect([unknown, missing, mixedUp].map(({ status }) => status)).toEqual([1, 1, 1]);
});
