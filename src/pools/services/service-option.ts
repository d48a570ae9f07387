import type { NetnsIdentity } from '../../kernel/netns/netns.ts';
import type { NamedPorts } from './services.ts';

/** Service ports that the configuration names. */
export interface ServiceOption extends NamedPorts {
  /** Of the pods in which they are; empty: in the host's network namespace. */
  readonly podNamespace: string;
}

/** Those of `all` that are in one namespace. */
export function servicesIn(
  identity: NetnsIdentity,
  isHost: boolean,
  all: readonly ServiceOption[],
): readonly NamedPorts[] {
  return all.filter(({ podNamespace }) =>
    podNamespace === '' ? isHost : podNamespace === identity.podNamespace,
  );
}
