import { Exposition, type LabelFilter } from '../../deploy/demo/lab/exposition.ts';

/** What a page of metrics must be whatever happens to the exporter. */

/** Families that a namespace has all of or none of, by the part of a poll that they come from. */
const NAMESPACE_PARTS: readonly (readonly string[])[] = [
  ['range_low', 'range_high', 'range_size', 'range_assumed', 'risk_level', 'netns_info'],
  ['blocked tcp', 'capacity tcp', 'autobind_available tcp', 'worst_usage_ratio tcp'],
  ['endpoints tcp', 'endpoints_omitted tcp', 'omitted_held tcp', 'endpoints_omitted_at_risk tcp'],
  ['capacity udp', 'autobind_available udp', 'worst_usage_ratio udp', 'blocked udp'],
];

/** Families that every endpoint has. */
const ENDPOINT_FAMILIES = ['held', 'sockets', 'reusable', 'capacity', 'available'].concat(
  'usage_ratio',
  'usage_ratio_peak',
  'risk_level',
);

const PREFIX = 'ephemeral_ports_';
const ENDPOINT = `${PREFIX}endpoint_`;
const SOCKET_STATES = 5;

/** Everything that is wrong with a page; empty for a good one. */
export function faultsOfPage(text: string): readonly string[] {
  const page = new Exposition(text);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const faults: string[] = [];
  if (!text.endsWith('\n')) faults.push('the page does not end with a line');
  if (page.samples.length !== lines.length) faults.push('a line is not understood');
  for (const { name, value } of page.samples) {
    if (Number.isNaN(value)) faults.push(`${name} is no number`);
  }
  return [...faults, ...cutNamespaces(page), ...wrongEndpoints(page)];
}

/** Namespaces of which one part is there in part. */
function cutNamespaces({ samples }: Exposition): readonly string[] {
  const found = new Map<string, Set<string>>();
  for (const { name, labels } of samples) {
    const { netns, protocol } = labels;
    if (netns === undefined || name.startsWith(ENDPOINT)) continue;
    const family = name.slice(PREFIX.length) + (protocol === undefined ? '' : ` ${protocol}`);
    found.set(netns, (found.get(netns) ?? new Set()).add(family));
  }
  return [...found].flatMap(([netns, families]) =>
    NAMESPACE_PARTS.flatMap((part) => {
      const absent = part.filter((family) => !families.has(family));
      return absent.length === 0 || absent.length === part.length
        ? []
        : [`of namespace ${netns} there is no ${absent.join(', ')}`];
    }),
  );
}

interface Endpoint {
  readonly values: Map<string, number>;
  states: number;
  socketSum: number;
}

function wrongEndpoints({ samples }: Exposition): readonly string[] {
  const endpoints = new Map<string, Endpoint>();
  for (const { name, labels, value } of samples) {
    if (!name.startsWith(ENDPOINT)) continue;
    const key = keyOf(labels);
    const endpoint = endpoints.get(key) ?? { values: new Map(), states: 0, socketSum: 0 };
    endpoints.set(key, endpoint);
    endpoint.values.set(name.slice(ENDPOINT.length), value);
    if (labels['state'] === undefined) continue;
    endpoint.states += 1;
    endpoint.socketSum += value;
  }
  return [...endpoints].flatMap(([key, endpoint]) =>
    wrongIn(endpoint).map((fault) => `${key}: ${fault}`),
  );
}

function keyOf(labels: LabelFilter): string {
  const { netns, pool, protocol, local_address, remote_address, remote_port } = labels;
  return [netns, pool, protocol, local_address, remote_address, remote_port].join(' ');
}

function wrongIn({ values, states, socketSum }: Endpoint): readonly string[] {
  const absent = ENDPOINT_FAMILIES.filter((family) => !values.has(family));
  if (absent.length > 0) return [`no ${absent.join(', ')}`];
  const of = (family: string): number => values.get(family) ?? Number.NaN;
  const [capacity, available, ratio] = [of('capacity'), of('available'), of('usage_ratio')];
  const expected = capacity === 0 ? 1 : (capacity - available) / capacity;
  return [
    states !== SOCKET_STATES && `${states} states of sockets`,
    socketSum !== of('held') && `${of('held')} ports are held, ${socketSum} by state`,
    !(available >= 0 && available <= capacity) && `${available} of ${capacity} are available`,
    Math.abs(ratio - expected) > 1e-9 && `usage ratio ${ratio}, not ${expected}`,
    of('usage_ratio_peak') < ratio - 1e-9 && `peak ${of('usage_ratio_peak')} below ${ratio}`,
  ].filter((fault) => fault !== false);
}

/** The lines of the page that one poll produced: they may not change until the next. */
export function linesOfPoll(text: string): string {
  const ofPoll = text.split('\n').filter((line) => line.includes('netns="'));
  return ofPoll.join('\n');
}

/** The part of the page that is about one namespace. */
export function pageOf(text: string, netns: string): Exposition {
  const about = text.split('\n').filter((line) => line.includes(`netns="${netns}"`));
  return new Exposition(about.join('\n'));
}
