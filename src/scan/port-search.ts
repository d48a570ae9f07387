import { KernelError } from '../kernel/kernel-error.ts';
import type { NetnsIdentity } from '../kernel/netns/netns.ts';
import { ASSUMED_SETTINGS, type PortSettings, readPortSettings } from '../kernel/proc/sysctl.ts';
import type { Namespace } from '../namespaces/namespace.ts';
import { Namespaces, type NamespacesOptions } from '../namespaces/namespaces.ts';
import { type PortSockets, readPortSockets } from './port-sockets.ts';

/** One local port in one network namespace. */
export interface PortReading extends PortSockets {
  readonly identity: NetnsIdentity;
  /** What a shell on the host puts in front of a line that is to run inside. */
  readonly enterBy: string;
  readonly settings: PortSettings;
}

/** One local port in the network namespaces of a host. */
export interface PortSearch {
  /** The host's first. */
  readonly readings: readonly PortReading[];
  /** All namespaces that were found, read or not. */
  readonly known: readonly NetnsIdentity[];
  /** Why a namespace could not be read, or not be looked for. */
  readonly problems: readonly string[];
}

/**
 * Reads the sockets of one port in the namespaces of which `isWanted` says so; no table is counted. Throws `KernelError` where namespaces
 * cannot be looked for at all.
 */
export function searchPort(
  port: number,
  procfs: string,
  options: NamespacesOptions,
  isWanted: (identity: NetnsIdentity) => boolean,
): PortSearch {
  const namespaces = new Namespaces(procfs, { ...options, once: true });
  try {
    return searchIn(namespaces, port, isWanted);
  } finally {
    namespaces.close();
  }
}

function searchIn(
  namespaces: Namespaces,
  port: number,
  isWanted: (identity: NetnsIdentity) => boolean,
): PortSearch {
  const others = namespaces.look(performance.now(), 0);
  const all = [namespaces.host, ...others];
  const problems = namespaces.searchProblem === '' ? [] : [namespaces.searchProblem];
  const readings: PortReading[] = [];
  for (const namespace of all.filter(({ identity }) => isWanted(identity))) {
    try {
      const reading = readPort(namespace, port);
      if (reading !== undefined) readings.push(reading);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      problems.push(`network namespace ${namespace.identity.netns}: ${error.message}`);
    }
  }
  return { readings, known: all.map(({ identity }) => identity), problems };
}

/** Undefined where the namespace has gone. */
function readPort(namespace: Namespace, port: number): PortReading | undefined {
  return namespace.visit((view) => ({
    identity: namespace.identity,
    enterBy: namespace.enterBy,
    settings: view.sysctl === undefined ? ASSUMED_SETTINGS : readPortSettings(view.sysctl),
    ...readPortSockets(view, port),
  }));
}
