import type { NetnsIdentity } from '../kernel/netns/netns.ts';

export interface IdentityJson {
  readonly netns: string;
  readonly ns_inode: string;
  readonly pod_namespace: string;
  readonly pod_name: string;
  readonly name: string;
  readonly container_id: string;
}

/** The fields by which a namespace is known. */
export function identityJson(identity: NetnsIdentity): IdentityJson {
  return {
    netns: identity.netns,
    ns_inode: identity.nsInode,
    pod_namespace: identity.podNamespace,
    pod_name: identity.podName,
    name: identity.name,
    container_id: identity.containerId,
  };
}
