import { MAX_TAKEN } from '../pools/services/service-reading.ts';
import type {
  NamespaceServicePorts,
  ServicePortTransition,
  ServicePortWatch,
} from '../scan/service-port-watch.ts';

/** The known service ports of namespaces, the host's first. */
export interface ServicePortsSnapshot {
  readonly namespaces: readonly NamespaceServicePorts[];
  /** Ports that became taken, or are free again, at this poll; up to `MAX_TRANSITIONS`. */
  readonly transitions: readonly ServicePortTransition[];
  readonly otherTransitions: number;
}

/** Chosen: as many lines as a person reads of one poll. */
const MAX_TRANSITIONS = 40;

/**
 * What page and log show: the namespaces of which `isShown` says so, and others with a taken port, `MAX_TAKEN` ports on the
 * node in all. The counts are always whole.
 */
export function shownServicePorts(
  watch: ServicePortWatch,
  isShown: (namespaceId: number) => boolean,
): ServicePortsSnapshot {
  let left = MAX_TAKEN;
  const namespaces = watch.namespaces.flatMap((namespace) => {
    const taken = namespace.taken.slice(0, left);
    left -= taken.length;
    return taken.length > 0 || isShown(namespace.id) ? [{ ...namespace, taken }] : [];
  });
  return { namespaces, ...changesOf(watch) };
}

/** All namespaces with a known service port. */
export function allServicePorts(watch: ServicePortWatch): ServicePortsSnapshot {
  return { namespaces: watch.namespaces, ...changesOf(watch) };
}

function changesOf({ transitions }: ServicePortWatch): Omit<ServicePortsSnapshot, 'namespaces'> {
  const shown = transitions.slice(0, MAX_TRANSITIONS);
  return { transitions: shown, otherTransitions: transitions.length - shown.length };
}
