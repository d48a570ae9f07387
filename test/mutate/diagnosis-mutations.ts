import type { Mutation } from './mutations.ts';

/** Errors in judging why a pool runs out, and in what the remedies give. */
export const DIAGNOSIS_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'bound ports are named where they are in no order of bind()',
    file: 'answers/diagnosis/bound-ports.ts',
    find: "namesPorts(surroundings) ? 'explicit_ports' : 'bind_before_connect'",
    replace: "'bind_before_connect'",
    suite: 'oracle/causes',
  },
  {
    rule: 'bind() without a port takes the lower half first where SO_REUSEADDR is set',
    file: 'answers/diagnosis/bound-ports.ts',
    find: '!isPlain && !isInOrder(parts(usable), parts(blocked))',
    replace: '!isPlain',
    suite: 'oracle/causes',
  },
  {
    rule: 'what gains in CLOSE_WAIT leaks, whatever most of it does',
    file: 'answers/diagnosis/socket-states.ts',
    find: 'if (isLeakOfClosed(pool)) return leakOfClosed(pool);',
    replace: '',
    suite: 'oracle/causes',
  },
  {
    rule: 'an endpoint leaks only if it opens more than it closes',
    file: 'answers/diagnosis/socket-states.ts',
    find: ' || grown <= closed',
    replace: '',
    suite: 'oracle/causes',
  },
  {
    rule: 'a wider range gives no reserved ports',
    file: 'answers/diagnosis/host-remedies.ts',
    find: 'PortSet.of([range, ...reserved])',
    replace: 'PortSet.of([range])',
    suite: 'oracle/causes',
  },
  {
    rule: 'a wider range gives no ports with a listener',
    file: 'answers/diagnosis/host-remedies.ts',
    find: 'added.size - services.size',
    replace: 'added.size',
    suite: 'oracle/causes',
  },
  {
    rule: 'ports with a listener do not come back where programs stop to bind first',
    file: 'answers/diagnosis/bound-ports.ts',
    find: 'Math.min(bound, blockedOf(namespace) - namespace.hazards.listenerInRange)',
    replace: 'blockedOf(namespace)',
    suite: 'oracle/causes',
  },
  {
    rule: 'a wider range of a host with pods leaves NodePorts out',
    file: 'answers/diagnosis/host-remedies.ts',
    find: 'hasPods && namespace.identity.netns === HOST',
    replace: 'false',
    suite: 'answers/wider-range',
  },
  {
    rule: 'each connected UDP socket counts towards its destination',
    file: 'pools/census/udp-destinations.ts',
    find: 'known.sockets += 1',
    replace: 'known.sockets += 0',
    suite: 'oracle/udp-destinations',
  },
  {
    rule: 'what-if counts by the other settings',
    file: 'scan/namespace-reader.ts',
    find: 'change?.(settings, this.#namespace) ?? settings',
    replace: 'settings',
    suite: 'oracle/explanation',
  },
  {
    rule: 'blocked ports of the first pass make connect() slow earlier',
    file: 'answers/explanation/calculation.ts',
    find: 'firstPass.size - firstPass.taken',
    replace: 'firstPass.size',
    suite: 'oracle/explanation',
  },
  {
    rule: 'an address that no interface has is not for lack of ports',
    file: 'answers/explanation/outcome.ts',
    find: 'local.mayBind(address) !== false',
    replace: 'true',
    suite: 'cli/explain/explain-endpoint',
  },
];
