import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { printable, printableLines } from '../../src/answers/printable.ts';
import { FlagError } from '../../src/cli/flags/flag.ts';
import { parseEndpoint } from '../../src/answers/explanation/endpoint-question.ts';
import { parseChanges } from '../../src/answers/explanation/what-if.ts';
import { asExplained } from '../../src/cli/explain/explained-past.ts';
import { historyLines } from '../../src/answers/explanation/history-words.ts';
import { asIncidents } from '../../src/incidents/incident-shape.ts';
import { incidentLines } from '../../src/incidents/incident-words.ts';
import { parseFlags } from '../../src/cli/flags/flags.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { parseDuration } from '../../src/config/duration.ts';
import { parseConfig } from '../../src/config/load.ts';
import { isCidr, RemoteNames } from '../../src/config/remote-names.ts';
import { parseWebConfig } from '../../src/config/web-config.ts';
import { credentialsOf } from '../../src/http/access/basic-auth.ts';
import { alternativeNames } from '../../src/http/access/client-certificate.ts';
import { BrowserGuard } from '../../src/http/browser-guard.ts';
import { clientOf } from '../../src/http/bounds/client-address.ts';
import { prefersGzip } from '../../src/http/encoding.ts';
import { webPaths } from '../../src/http/external-url.ts';
import { ListenError, parseListenAddress } from '../../src/http/listen-address.ts';
import { systemdSockets } from '../../src/http/systemd-sockets.ts';
import { PodLogs } from '../../src/namespaces/pod-logs.ts';
import { FUZZ_FOLDER } from './file-targets.ts';
import { Broken, holdsWhole, type Target } from './target.ts';

/** Parsers of what a user, a client or another program writes. */

/** A parser of text, with examples of it. */
function ofText(
  name: string,
  examples: readonly string[],
  parse: (text: string) => void,
  ...allowed: NonNullable<Target['allowed']>
): Target {
  const seeds = examples.map((text) => Buffer.from(text));
  return {
    name,
    seeds,
    allowed,
    run: (input) => {
      parse(input.toString('utf8'));
    },
  };
}

const CONFIG = `poll: { interval: 5s, source: auto }
history: { window: 10m, pools: 4096 }
endpoints:
  limit: 50
  min_ratio: 0.01
  names: [{ cidr: 10.0.0.0/8, port: 5432, name: orders-db }, { cidr: "fd00::/8", name: six }]
namespaces: { discover: auto, include: [], exclude: [kube-system] }
alerts:
  EphemeralPortsExhaustion: { warning: 0.7, critical: 0.9, for: 10s }
  EphemeralPortsForecast: { warning: 10m, critical: 2m, for: 30s, min_usage_ratio: 0.3 }
`;
const WEB = `tls_server_config: { cert_file: a.pem, key_file: a.key, min_version: TLS12, client_auth_type: NoClientCert }
http_server_config: { headers: { X-Frame-Options: deny } }
basic_auth_users: { alice: $2b$10$1xb16Zfry8Co/5mszpn2UupHttq4bEjj.umQoD5I8tHjxK50Qfs2. }
rate_limit: { interval: 100ms, burst: 10 }
`;

function holdsDuration(text: string): void {
  const seconds = parseDuration(text);
  if (Number.isNaN(seconds)) return;
  if (!Number.isFinite(seconds) || seconds < 0) throw new Broken(`${text} is ${seconds} seconds`);
}

function holdsListenAddress(text: string): void {
  holdsWhole('port', parseListenAddress(text).port, 65_535);
}

function holdsNetwork(cidr: string): void {
  if (isCidr(cidr)) new RemoteNames([{ cidr, name: 'x' }]);
}

function holdsPrintable(text: string): void {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f]/.test(printable(text))) throw new Broken('a control is left');
  printableLines(text);
}

const guard = new BrowserGuard(['ports.example.com']);
const PODS = join(FUZZ_FOLDER, 'pods');
mkdirSync(PODS);

/** A folder's name may have any bytes but these. */
function holdsPodFolder(text: string): void {
  const name = text.replace(/[/\0]/g, '').slice(0, 80);
  if (['', '.', '..'].includes(name)) return;
  mkdirSync(join(PODS, name));
  try {
    const logs = new PodLogs(PODS);
    const pod = logs.find('01234567-89ab-cdef-0123-456789abcdef', 0);
    if (pod && !/^[-a-z0-9]+$/.test(pod.namespace)) throw new Broken(`pod of ${pod.namespace}`);
    if (logs.problem !== '') throw new Broken(logs.problem);
  } finally {
    rmdirSync(join(PODS, name));
  }
}

function holdsSockets(text: string): void {
  const sockets = systemdSockets({ LISTEN_PID: '7', LISTEN_FDS: text }, 7);
  holdsWhole('sockets', sockets.length, 999);
}

const SAMPLE =
  '{"at_seconds":1,"held":2,"established":2,"syn_sent":0,"time_wait":0,"close_wait":0}';
const EXPLAINED = `{"endpoints":[{"netns":"host","ns_inode":"1","local_address":"10.0.0.1","history":{"followed_seconds":9,
"usage_ratio_peak":0.5,"held_per_second":1.5,"heading_for_exhaustion":true,"opens":3,"samples":[${SAMPLE},${SAMPLE}]}}]}`;
const INCIDENTS = readFileSync('test/golden/incidents.json', 'utf8');

/** What is let in can be put into words, whatever it is. */
function holdsExplained(text: string): void {
  const explained = asExplained(jsonOf(text)) ?? [];
  for (const { history } of explained) if (history !== null) historyLines(history);
}

function holdsIncidents(text: string): void {
  const value = jsonOf(text) as { readonly incidents?: unknown } | null | undefined;
  incidentLines(asIncidents(value?.incidents) ?? [], 1e9);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export const USER_TARGETS: readonly Target[] = [
  ofText('the configuration', [CONFIG], (text) => void parseConfig('x', text), ConfigError),
  ofText('--web.config.file', [WEB], (text) => void parseWebConfig('x', text), ConfigError),
  ofText('a duration', ['5s', '1h30m', '100ms', '0', '2d'], holdsDuration),
  ofText('a network', ['10.0.0.0/8', 'fd00::/8', '::ffff:1.2.3.4/128', '1.2.3.4'], holdsNetwork),
  ofText(
    'a listen address',
    [':9065', '127.0.0.1:9065', '[::1]:9065', 'localhost:1'],
    holdsListenAddress,
    RangeError,
  ),
  ofText(
    'the command line',
    ['--once\n--poll.interval=5s', '--web.allowed-hosts=a,b\n--web.max-requests=4'],
    (text) => void parseFlags(text.split('\n')),
    FlagError,
  ),
  ofText(
    '--web.external-url',
    ['https://ports.example.com/exporter/', 'http://[::1]:80/a/b'],
    (text) => void webPaths(text, undefined),
    RangeError,
  ),
  ofText('LISTEN_FDS', ['1', '3'], holdsSockets, ListenError),
  ofText('Accept-Encoding', ['gzip, deflate;q=0.5', 'gzip;q=0, *', 'identity;q=1'], prefersGzip),
  ofText('Host', ['localhost:9065', '[::1]:9065', 'Ports.Example.com.'], (host) => {
    guard.refusal({ method: 'GET', headers: { host, 'accept-language': 'en' } });
  }),
  ofText('Origin', ['http://localhost:9065', 'null', 'https://a.example'], (origin) => {
    guard.refusal({ method: 'POST', headers: { host: 'localhost', origin } });
  }),
  ofText('Authorization', ['Basic YWxpY2U6c2VjcmV0', 'Bearer abc'], credentialsOf),
  ofText(
    'names in a certificate',
    ['DNS:a.example, IP Address:10.0.0.1', 'DNS:"a, DNS:b", URI:http://x/', 'othername:<x>'],
    alternativeNames,
  ),
  ofText('a client address', ['::ffff:10.0.0.1', 'fe80::1%eth0', '10.0.0.1', '::'], clientOf),
  ofText(
    "a folder of the kubelet's log",
    ['shop_cart-7d4b_01234567-89ab-cdef-0123-456789abcdef'],
    holdsPodFolder,
  ),
  ofText(
    'a destination',
    ['10.0.0.2:5432', '::1 -> [fd00::2]:443', '1.2.3.4%2 → 1.2.3.4:1'],
    parseEndpoint,
  ),
  ofText('other settings', ['range=10240-60999', 'reserved=1,5-9', 'tw_reuse=2'], (text) => {
    parseChanges(text.split(' '));
  }),
  ofText('what a daemon tells of the past', [EXPLAINED], holdsExplained),
  ofText('the file of incidents', [INCIDENTS], holdsIncidents),
  ofText('a name that is shown', ['nginx', '\x1b]0;x\x07', 'a\nb', '\u202e'], holdsPrintable),
];
