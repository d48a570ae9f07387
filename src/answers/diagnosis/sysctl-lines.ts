import { HOST, type NetnsIdentity } from '../../kernel/netns/netns.ts';
import type { Remedy, Setting } from './remedy.ts';

/** Settings that Kubernetes lets any pod have; others need the kubelet's --allowed-unsafe-sysctls. */
const SAFE = new Set(['net.ipv4.ip_local_port_range', 'net.ipv4.ip_local_reserved_ports']);

/** Read at boot (sysctl.d(5)). */
export const SYSCTL_FILE = '/etc/sysctl.d/90-ephemeral-ports.conf';

/** A namespace, and what a shell on the host puts in front of a line that is to run inside. */
export interface Place {
  readonly identity: NetnsIdentity;
  readonly enterBy: string;
}

/** How settings are put in force in the namespace: a line for a shell, and for a pod its manifest. */
export function sysctlLines(
  place: Place,
  settings: readonly Setting[],
): Pick<Remedy, 'command' | 'isElsewhere' | 'manifest' | 'settings'> {
  const { identity, enterBy } = place;
  const command = sysctlLine(place, settings);
  const line = { command, isElsewhere: identity.netns !== HOST && enterBy === '', settings };
  return identity.podName === '' ? line : { ...line, manifest: manifestOf(settings) };
}

/** `ip netns exec blue sysctl -w net.ipv4.tcp_tw_reuse=1`. */
export function sysctlLine({ identity, enterBy }: Place, settings: readonly Setting[]): string {
  const where = identity.netns === HOST || enterBy === '' ? '' : `${enterBy} `;
  return `${where}sysctl -w ${settings.map(([name, value]) => `${name}=${quoted(value)}`).join(' ')}`;
}

/** What keeps the settings over a reboot; undefined where there are none, and in namespaces that do not outlive it. */
export function keepingRemedy(
  { identity }: Pick<Place, 'identity'>,
  remedies: readonly Remedy[],
): Remedy | undefined {
  const settings = remedies.flatMap((remedy) => remedy.settings ?? []);
  if (settings.length === 0 || identity.netns !== HOST) return undefined;
  const lines = settings.map(([name, value]) => `'${name} = ${value}'`);
  return {
    text: 'sysctl -w is lost at reboot, unless it is kept.',
    command: `printf '%s\\n' ${lines.join(' ')} >> ${SYSCTL_FILE}`,
  };
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
