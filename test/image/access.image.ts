import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { expect, test } from 'vitest';
import { Authority, clientOptions } from '../support/certificates.ts';
import { CLUSTER_TOOLS, NAME, withComponents } from '../support/cluster-tools.ts';
import { requestTls } from '../support/https.ts';
import { type Manifest, theContainer } from '../support/manifest.ts';
import { Container, using } from './container.ts';
import { podRun } from './kubelet.ts';

/** The pod with certificates and users, under podman: what reaches it, and what asks whether it is well. */

const [TOOLS] = CLUSTER_TOOLS;
const folder = mkdtempSync(join(tmpdir(), 'epe-image-web-'));
chmodSync(folder, 0o755);

const authority = new Authority();
const server = authority.issue('tls', `DNS:${NAME}`);
const prometheus = authority.issue('prometheus', 'DNS:prometheus.example.com');
const PASSWORD = 'correct horse';

const WEB = `tls_server_config:
  cert_file: tls.crt
  key_file: tls.key
  client_ca_file: ca.crt
  client_auth_type: RequireAndVerifyClientCert
  min_version: TLS13
basic_auth_users:
  prometheus: ${hashSync(PASSWORD, 4)}
`;

function secret(name: string, stringData: Record<string, string>): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: `${NAME}-${name}` }, stringData };
}

function manifests(): readonly Manifest[] {
  if (TOOLS?.reason !== undefined) throw new Error(TOOLS.reason);
  const text = (path: string): string => readFileSync(path, 'utf8');
  return [
    ...(TOOLS === undefined ? [] : withComponents(TOOLS, ['tls'])),
    secret('web', { 'web.yaml': WEB }),
    secret('tls', {
      'tls.crt': text(server.cert),
      'tls.key': text(server.key),
      'ca.crt': text(authority.own.cert),
    }),
  ];
}

/** As Prometheus asks a node: by its address, for the name in the certificate. */
const AS_PROMETHEUS = {
  ...clientOptions(authority, prometheus),
  host: '127.0.0.2',
  servername: NAME,
  headers: { authorization: `Basic ${Buffer.from(`prometheus:${PASSWORD}`).toString('base64')}` },
};
const AS_KUBELET = { host: '127.0.0.2', rejectUnauthorized: false };

test('the pod of the component tls: who is let in, and what the probes are answered', () => {
  const all = manifests();
  const { how, flags } = podRun(all, '127.0.0.2', folder);
  return using(Container.asPod(how, flags, 9065), async (pod) => {
    const { livenessProbe, readinessProbe } = theContainer(all);
    const probes = [livenessProbe.httpGet.path, readinessProbe.httpGet.path];
    await pod.until('it is ready', async () => {
      return (await fetch(`http://127.0.0.2:9065${readinessProbe.httpGet.path}`)).ok;
    });
    for (const path of probes) {
      expect((await fetch(`http://127.0.0.2:9065${path}`)).status, path).toBe(200);
      // With `scheme: HTTPS` a kubelet verifies nothing, and has no certificate.
      expect((await requestTls(path, AS_KUBELET)).status, path).toBe(200);
    }
    await pod.untilHealthy();

    const scraped = await requestTls('/metrics', AS_PROMETHEUS);
    expect([scraped.status, scraped.server]).toEqual([200, 'tls']);
    expect(scraped.body.toString()).toContain('ephemeral_ports_poll_success');
    const { headers } = AS_PROMETHEUS;
    expect((await requestTls('/metrics', { ...AS_KUBELET, headers })).status).toBe(401);
    expect((await requestTls('/metrics', { ...AS_PROMETHEUS, headers: {} })).status).toBe(401);
    await expect(fetch('http://127.0.0.2:9065/metrics')).rejects.toThrow();
  });
});
