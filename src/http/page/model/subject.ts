import type { NamespaceRow, PoolRow, PortRow } from '../../../answers/overview/overview.ts';
import { wordsOfRisk } from './risk-words.ts';

/** What a filter can ask a row about; a term about what a row does not have does not match it. */
export interface Subject {
  readonly texts: Readonly<Partial<Record<TextField, readonly string[]>>>;
  readonly numbers: Readonly<Partial<Record<NumberField, number | null>>>;
}

/** What can stand before a colon. */
export const TEXT_FIELDS = [
  ...(['dst', 'src', 'port', 'pod', 'process', 'owner', 'ns', 'pool', 'proto', 'state'] as const),
] as const;

/** What can stand before `<`, `<=`, `=`, `>=`, `>`. */
export const NUMBER_FIELDS = [
  ...(['left', 'held', 'used', 'capacity', 'blocked', 'reusable', 'refused', 'time_left'] as const),
  ...(['established', 'syn_sent', 'close_wait', 'time_wait', 'other'] as const),
] as const;

export type TextField = (typeof TEXT_FIELDS)[number];
export type NumberField = (typeof NUMBER_FIELDS)[number];

const STATES = ['established', 'syn_sent', 'close_wait', 'time_wait', 'other'] as const;

export function subjectOfPool(row: PoolRow): Subject {
  const { remote_address: to, remote_port: port, remote_name: name, owner, namespace } = row;
  const states = STATES.filter((state) => row[state] > 0);
  return {
    texts: {
      dst: to === '' ? [] : [to, ends(to, port), name],
      src: [row.local_address],
      port: to === '' ? [] : [String(port)],
      pod: podsIn(namespace, owner),
      process: [owner],
      owner: [owner],
      ns: [namespace, row.netns],
      pool: [row.pool, row.name],
      proto: [row.protocol],
      state: [...states, wordsOfRisk(row.risk_level).word],
    },
    numbers: {
      left: row.available,
      used: row.usage_ratio,
      time_left: row.time_left_seconds,
      ...row,
    },
  };
}

export function subjectOfNamespace(row: NamespaceRow): Subject {
  const { namespace, netns, held, blocked, capacity, refused } = row;
  return {
    texts: {
      ns: [namespace, netns],
      pod: podsIn(namespace),
      state: [wordsOfRisk(row.risk_level).word],
    },
    numbers: { held, blocked, capacity, refused, used: row.worst_usage_ratio },
  };
}

export function subjectOfPort({ namespace, netns, ports, status, text }: PortRow): Subject {
  return {
    texts: {
      ns: [namespace, netns],
      pod: podsIn(namespace),
      port: ports.split('-'),
      state: [status],
      owner: [text],
    },
    numbers: {},
  };
}

function ends(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Of `pod shop/cart-0`: its name. */
function podsIn(...names: readonly string[]): readonly string[] {
  return names.flatMap((name) => /(?:^|\W)pod (\S+)/.exec(name)?.[1] ?? []);
}
