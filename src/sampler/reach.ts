import type { EndpointQuestion } from '../answers/explanation/endpoint-question.ts';
import type { LocalAddresses } from '../answers/explanation/outcome.ts';
import { KernelError } from '../kernel/kernel-error.ts';
import type { NetnsIdentity } from '../kernel/netns/netns.ts';
import { ownAddresses } from '../kernel/own-network.ts';
import { Namespaces } from '../namespaces/namespaces.ts';
import type { PollOptions } from './poll.ts';

/**
 * The addresses of another namespace, with what the question needs asked inside it; undefined where it cannot be entered, or has gone.
 */
export function addressesIn(
  { netns, nsInode }: NetnsIdentity,
  question: EndpointQuestion,
  { procfs, namespaces: options }: PollOptions,
): LocalAddresses | undefined {
  try {
    const namespaces = new Namespaces(procfs, { ...options, once: true });
    try {
      const all = [...namespaces.look(performance.now(), 0), namespaces.host];
      const found = all.find(
        ({ identity }) => identity.netns === netns && identity.nsInode === nsInode,
      );
      return found?.visit(({ sockets }) =>
        sockets === 'none' ? undefined : asked(question, ownAddresses(procfs)),
      );
    } finally {
      namespaces.close();
    }
  } catch (error) {
    if (error instanceof KernelError) return undefined;
    throw error;
  }
}

/** With the answers of now: later this thread is elsewhere. */
function asked({ from, to }: EndpointQuestion, local: LocalAddresses): LocalAddresses {
  const address = from?.replace(/%.*$/, '');
  const isBound = address === undefined ? undefined : local.mayBind(address);
  const problem = local.routeProblem(to);
  return { ...local, mayBind: () => isBound, routeProblem: () => problem };
}
