import type { GatedSnapshot, NamespaceSnapshot, Snapshot } from '../snapshot/snapshot.ts';

/** The kernel's socket states in the order of their numbers (include/net/tcp_states.h). */
const STATES = [
  'established',
  'syn_sent',
  'syn_recv',
  'fin_wait1',
  'fin_wait2',
  'time_wait',
  'close',
  'close_wait',
  'last_ack',
  'listen',
  'closing',
  'new_syn_recv',
];

/**
 * The snapshot as `/api/v1/snapshot` shows it: sets of ports as text like that of
 * `ip_local_reserved_ports`, rows by the name of their state. JSON has no infinity: a forecast is null
 * both where there is none and while a pool is not heading for exhaustion.
 */
export function snapshotJson(snapshot: Snapshot): object {
  return {
    ...snapshot,
    namespaces: snapshot.namespaces.map(namespaceJson),
    gated: snapshot.gated.map(gatedJson),
  };
}

function namespaceJson(namespace: NamespaceSnapshot): object {
  const { listeningPorts, blockedPorts, occupiedPorts, rowsByState, ...tcp } = namespace.tcp;
  return {
    ...namespace,
    tcp: {
      ...tcp,
      rowsByState: Object.fromEntries(
        STATES.map((name, index) => [name, rowsByState[index + 1] ?? 0]),
      ),
      listeningPorts: portText(listeningPorts),
      blockedPorts: portText(blockedPorts),
      occupiedPorts: portText(occupiedPorts),
    },
  };
}

function gatedJson({ lastRead, ...gated }: GatedSnapshot): object {
  if (lastRead === undefined) return gated;
  const { atSeconds, namespace } = lastRead;
  return { ...gated, lastRead: { atSeconds, namespace: namespaceJson(namespace) } };
}

/** `40000-40009,40050`, empty where there are none. */
function portText(runs: Uint16Array): string {
  const texts: string[] = [];
  for (let at = 0; at < runs.length; at += 2) {
    const [low, high] = runs.subarray(at, at + 2);
    texts.push(low === high ? `${low}` : `${low}-${high}`);
  }
  return texts.join(',');
}
