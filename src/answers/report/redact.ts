import type { NetnsIdentity } from '../../kernel/netns/netns.ts';
import type { OwnerGroup, OwnerShare, PoolOwners } from '../../owners/owner.ts';
import type { Destination, PoolUsage } from '../../pools/pool.ts';
import type { NamespaceServicePorts, TakenServicePort } from '../../scan/service-port-watch.ts';
import type { NamespaceDetails, SnapshotDetails } from '../../snapshot/details.ts';
import type { AlertSnapshot, OwnedPool } from '../../snapshot/snapshot.ts';
import { Aliases } from './aliases.ts';
import type { Report } from './report.ts';

/**
 * The report with other addresses and names in place of those of hosts, pods, units, containers, users, programs and
 * endpoints; the same name is replaced by the same everywhere in it.
 */
export function redacted(report: Report): Report {
  const aliases = new Aliases();
  const redactor = new Redactor(aliases);
  const details = redactor.details(report.details);
  const { facts } = report;
  return {
    facts: {
      ...facts,
      hostName: aliases.of('host', facts.hostName),
      sysctlProblem: aliases.inText(facts.sysctlProblem),
    },
    details,
    isWhole: report.isWhole,
    // Addresses that the configuration has names for are not those of the redacted details any more.
    remoteNameOf: () => '',
  };
}

class Redactor {
  readonly #aliases: Aliases;

  constructor(aliases: Aliases) {
    this.#aliases = aliases;
  }

  /** Texts come last: by then all names have aliases. */
  details(details: SnapshotDetails): SnapshotDetails {
    const { alerts, servicePorts } = details;
    const named: SnapshotDetails = {
      ...details,
      namespaces: details.namespaces.map((namespace) => this.#namespace(namespace)),
      gated: details.gated.map((each) => ({
        ...each,
        identity: this.#identity(each.identity),
        lastRead: each.lastRead && {
          ...each.lastRead,
          namespace: this.#namespace(each.lastRead.namespace),
        },
      })),
      pending: details.pending.map((alert) => this.#alert(alert)),
      alerts: {
        ...alerts,
        firing: alerts.firing.map((alert) => this.#alert(alert)),
        transitions: alerts.transitions.map((alert) => this.#alert(alert)),
      },
      servicePorts: {
        ...servicePorts,
        namespaces: servicePorts.namespaces.map((each) => this.#servicePorts(each)),
        transitions: servicePorts.transitions.map((each) => ({
          ...each,
          identity: this.#identity(each.identity),
          port: this.#takenPort(each.port),
        })),
      },
    };
    return this.#texts(named);
  }

  #texts(details: SnapshotDetails): SnapshotDetails {
    const inText = (text: string): string => this.#aliases.inText(text);
    const { problems, ownersSight, parts } = details;
    return {
      ...details,
      fallbackReason: inText(details.fallbackReason),
      problems: {
        settings: inText(problems.settings),
        names: inText(problems.names),
        refusal: inText(problems.refusal),
        netlink: inText(problems.netlink),
      },
      ownersSight: { ...ownersSight, problem: inText(ownersSight.problem) },
      parts: parts.map((part) => ({ ...part, problem: inText(part.problem) })),
      namespaces: details.namespaces.map((namespace) => {
        const { unread, ...settings } = namespace.settings;
        const problem = unread && { ...unread, problem: inText(unread.problem) };
        return { ...namespace, settings: { ...settings, ...(problem && { unread: problem }) } };
      }),
    };
  }

  #namespace(namespace: NamespaceDetails): NamespaceDetails {
    const fullest = Array.from(
      namespace.fullest,
      ([kind, pools]) => [kind, pools.map((pool) => this.#pool(pool))] as const,
    );
    return {
      ...namespace,
      identity: this.#identity(namespace.identity),
      fullest: new Map(fullest),
      kinds: namespace.kinds.map((kind) => ({
        ...kind,
        exported: kind.exported.map((pool) => this.#pool(pool)),
        shared: kind.shared.map((pool) => ({
          ...pool,
          localAddress: this.#aliases.ofAddress(pool.localAddress),
        })),
      })),
    };
  }

  #identity(identity: NetnsIdentity): NetnsIdentity {
    return {
      ...identity,
      podNamespace: this.#aliases.of('pod-namespace', identity.podNamespace),
      podName: this.#aliases.of('pod', identity.podName),
      name: this.#aliases.of('name', identity.name),
      containerId: this.#aliases.of('container', identity.containerId),
    };
  }

  #alert<Alert extends AlertSnapshot>(alert: Alert): Alert {
    return { ...alert, identity: this.#identity(alert.identity), pool: this.#pool(alert.pool) };
  }

  #pool<Pool extends OwnedPool>(pool: Pool): Pool {
    return {
      ...pool,
      localAddress: this.#aliases.ofAddress(pool.localAddress),
      remoteAddress: this.#aliases.ofAddress(pool.remoteAddress),
      owners: this.#owners(pool.owners),
      ...(pool.destinations && {
        destinations: pool.destinations.map((each) => this.#remote(each)),
      }),
      ...(pool.failures && { failures: this.#failures(pool.failures) }),
    };
  }

  #remote(destination: Destination): Destination {
    return { ...destination, remoteAddress: this.#aliases.ofAddress(destination.remoteAddress) };
  }

  #failures(failures: NonNullable<PoolUsage['failures']>): NonNullable<PoolUsage['failures']> {
    const processes = failures.processes.map((each) => {
      return { ...each, command: this.#aliases.of('command', each.command) };
    });
    return { ...failures, processes };
  }

  #owners(owners: PoolOwners | undefined): PoolOwners | undefined {
    return owners && { ...owners, largest: owners.largest.map((share) => this.#share(share)) };
  }

  /** The name of a process has that of its group behind it, in parentheses. */
  #share(share: OwnerShare): OwnerShare {
    const { kind, name, group } = share;
    const redacted = group && this.#group(group);
    const suffix = group === undefined ? '' : ` (${group.name})`;
    const isGrouped = kind === 'process' && suffix !== '' && name.endsWith(suffix);
    const own = isGrouped ? name.slice(0, -suffix.length) : name;
    const ownName = kind === '' ? name : this.#ownerName(kind, own);
    return {
      ...share,
      name: isGrouped ? `${ownName} (${redacted?.name ?? ''})` : ownName,
      uid: undefined,
      group: redacted,
    };
  }

  #group(group: OwnerGroup): OwnerGroup {
    return {
      ...group,
      name: this.#ownerName(group.kind, group.name),
      podUid: this.#aliases.of('pod-uid', group.podUid),
      containerId: this.#aliases.of('container', group.containerId),
    };
  }

  #ownerName(kind: Exclude<OwnerShare['kind'], ''>, name: string): string {
    if (kind === 'pod') return this.#aliases.ofPod(name);
    return this.#aliases.of(kind === 'process' ? 'command' : kind, name);
  }

  #servicePorts(ports: NamespaceServicePorts): NamespaceServicePorts {
    const taken = ports.taken.map((each) => this.#takenPort(each));
    return { ...ports, identity: this.#identity(ports.identity), taken };
  }

  #takenPort(port: TakenServicePort): TakenServicePort {
    return {
      ...port,
      localAddress: this.#aliases.ofAddress(port.localAddress),
      remoteAddress: this.#aliases.ofAddress(port.remoteAddress),
    };
  }
}
