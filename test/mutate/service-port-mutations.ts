import type { Mutation } from './mutations.ts';

/** Errors about the ports of services. */
export const SERVICE_PORT_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'a port may have been what it is since the poll before the first that found it so, and not for longer',
    file: 'scan/port-watch.ts',
    find: 'atEarliestSeconds: this.#readAtSeconds',
    replace: 'atEarliestSeconds: nowSeconds',
    suite: 'sampler/port-began',
  },
  {
    rule: 'a TIME_WAIT tells when its connection was closed: a minute less what is left of it ago',
    file: 'answers/port/since.ts',
    find: 'nowSeconds - (TIME_WAIT_SECONDS - remainingMs / 1000)',
    replace: 'nowSeconds - (0 * TIME_WAIT_SECONDS + remainingMs / 1000)',
    suite: 'cli/explain/explain-port',
  },
  {
    rule: 'a socket of another local address does not keep a service from its port',
    file: 'pools/services/service-address.ts',
    find: 'word === addresses[LOCAL + index]',
    replace: 'word === word || addresses[LOCAL + index] === 0',
    suite: 'oracle/service-ports',
  },
  {
    rule: 'a socket of an IPv6 address keeps a service of 0.0.0.0 from its port, unless it is IPv6 only',
    file: 'pools/services/service-address.ts',
    find: 'row.localIsIpv4 || !isV6Only',
    replace: 'row.localIsIpv4',
    suite: 'oracle/service-ports',
  },
  {
    rule: 'a service port that is reserved is safe',
    file: 'pools/services/service-census.ts',
    find: 'ports.intersection(this.#budget.usable)',
    replace: 'ports',
    suite: 'oracle/service-ports',
  },
  {
    rule: 'a listener that has not been there at each poll is no service yet',
    file: 'pools/services/services.ts',
    find: 'this.#since = since;',
    replace: 'this.#since = new Map([...this.#since, ...since]);',
    suite: 'oracle/service-ports',
  },
];
