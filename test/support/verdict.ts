import type { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { countConnects, countTcpBinds, countUdpBinds } from './kernel-oracle.ts';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';

/** Ports left, by whom they are for: what the exporter says, or what the kernel grants. */
export type Verdict = Readonly<Record<string, number>>;

const WILDCARDS = { ipv4: '0.0.0.0', ipv6: '::' } as const;

/** What the exporter says is left, for each target and for sockets without a destination. */
export function predict(page: Exposition, targets: readonly Target[]): Verdict {
  const autobind = (protocol: string, family: string): number =>
    page.value('autobind_available', { protocol, family });
  return {
    'udp ipv4': autobind('udp', 'ipv4'),
    'udp ipv6': autobind('udp', 'ipv6'),
    'bind ipv4': autobind('tcp', 'ipv4'),
    'bind ipv6': autobind('tcp', 'ipv6'),
    ...predictConnects(page, targets),
  };
}

export function predictConnects(page: Exposition, targets: readonly Target[]): Verdict {
  return Object.fromEntries(targets.map((target) => [nameOf(target), predictTarget(page, target)]));
}

/** An endpoint that holds nothing has no series: all its capacity is left. */
function predictTarget(page: Exposition, target: Target): number {
  const available = page.find('endpoint_available', endpointLabels(target));
  return available ?? page.value('capacity', { protocol: 'tcp' });
}

/**
 * What the kernel grants: system calls counted until it refuses. Binds first, because they can be undone.
 */
export function measure(network: Network, targets: readonly Target[]): Verdict {
  return {
    'udp ipv4': countUdpBinds(network, WILDCARDS.ipv4),
    'udp ipv6': countUdpBinds(network, WILDCARDS.ipv6),
    'bind ipv4': countTcpBinds(network, WILDCARDS.ipv4),
    'bind ipv6': countTcpBinds(network, WILDCARDS.ipv6),
    ...measureConnects(network, targets),
  };
}

export function measureConnects(network: Network, targets: readonly Target[]): Verdict {
  return Object.fromEntries(
    targets.map((target) => [nameOf(target), countConnects(network, target)]),
  );
}

/** The labels of the endpoint that connects to `target` belong to. */
export function endpointLabels(target: Target): Readonly<Record<string, string>> {
  return {
    protocol: 'tcp',
    local_address: sourceOf(target),
    remote_address: target.to,
    remote_port: String(target.port),
  };
}

/** The address that the kernel connects from: 127.0.0.1 inside 127/8, else the address itself. */
function sourceOf({ to, from }: Target): string {
  return from ?? (to.startsWith('127.') ? '127.0.0.1' : to);
}

function nameOf(target: Target): string {
  return `connect ${sourceOf(target)} → ${target.to} ${target.port}`;
}
