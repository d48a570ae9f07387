import { HOST, type NetnsIdentity } from '../kernel/netns/netns.ts';

/** Which network namespaces somebody asks about. */
export interface NamespaceChoice {
  /** Whether all are looked at. */
  readonly isAll: boolean;
  readonly includes: (identity: NetnsIdentity) => boolean;
}

/**
 * Those that are called `netns` and belong to the pod `pod`; undefined: all. With both, a namespace must be meant by
 * both.
 */
export function choiceOf(netns: string | undefined, pod: string | undefined): NamespaceChoice {
  return {
    isAll: netns === undefined && pod === undefined,
    includes: (identity) =>
      (netns === undefined || isCalled(identity, netns)) &&
      (pod === undefined || isPod(identity, pod)),
  };
}

function isCalled({ netns, nsInode, name }: NetnsIdentity, wanted: string): boolean {
  // A program in it may be called "host"; the host's own namespace has no name.
  if (wanted === HOST) return netns === HOST;
  return netns === wanted || nsInode === wanted || name === wanted;
}

function isPod({ podNamespace, podName }: NetnsIdentity, wanted: string): boolean {
  if (podName === '') return false;
  return wanted === podName || wanted === `${podNamespace}/${podName}`;
}
