import type { Namespace } from '../../namespaces/namespace.ts';
import type { NamedPorts } from './services.ts';

/** Service ports that the configuration names. */
export interface ServiceOption extends NamedPorts {
  /** Of the pods in which they are; empty: in the host's network namespace. */
  readonly podNamespace: string;
}

/** Those of `all` that are in one namespace; `host` is the host's. */
export function servicesIn(
  { id, identity }: Namespace,
  host: Pick<Namespace, 'id'>,
  all: readonly ServiceOption[],
): readonly NamedPorts[] {
  return all.filter(({ podNamespace }) =>
    podNamespace === '' ? id === host.id : podNamespace === identity.podNamespace,
  );
}
