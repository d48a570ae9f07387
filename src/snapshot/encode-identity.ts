import type { NetnsIdentity } from '../kernel/netns/netns.ts';

/** The fields by which a namespace is known. */
export function identityJson(identity: NetnsIdentity): object {
  return {
    netns: identity.netns,
    ns_inode: identity.nsInode,
    pod_namespace: identity.podNamespace,
    pod_name: identity.podName,
    name: identity.name,
    container_id: identity.containerId,
  };
}
