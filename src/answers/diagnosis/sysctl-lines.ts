import { HOST } from '../../kernel/netns/netns.ts';
import type { NamespaceSnapshot } from '../../snapshot/snapshot.ts';
import type { Remedy } from './remedy.ts';

/** Settings that Kubernetes lets any pod have; others need the kubelet's --allowed-unsafe-sysctls. */
const SAFE = new Set(['net.ipv4.ip_local_port_range', 'net.ipv4.ip_local_reserved_ports']);

type Setting = readonly [name: string, value: string];

/** How settings are put in force in the namespace: a line for a shell inside it, and for a pod its manifest. */
export function sysctlLines(
  { identity }: Pick<NamespaceSnapshot, 'identity'>,
  settings: readonly Setting[],
): Pick<Remedy, 'command' | 'isElsewhere' | 'manifest'> {
  const command = `sysctl -w ${settings.map(([name, value]) => `${name}=${quoted(value)}`).join(' ')}`;
  const line = { command, isElsewhere: identity.netns !== HOST };
  return identity.podName === '' ? line : { ...line, manifest: manifestOf(settings) };
}

function manifestOf(settings: readonly Setting[]): string {
  const entries = settings.map(
    ([name, value]) =>
      `    - name: ${name}${SAFE.has(name) ? '' : '  # needs --allowed-unsafe-sysctls'}\n      value: "${value}"`,
  );
  return `securityContext:\n  sysctls:\n${entries.join('\n')}`;
}

function quoted(value: string): string {
  return value.includes(' ') ? `"${value}"` : value;
}
