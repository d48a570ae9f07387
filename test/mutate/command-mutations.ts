import type { Mutation } from './mutations.ts';

/** What the commands beside the daemon could get wrong. Their suites start the built program. */
export const COMMAND_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'explain: a name in an incident makes up no line',
    file: 'incidents/incident-words.ts',
    find: 'printable(incidentLine(incident, nowSeconds))',
    replace: 'incidentLine(incident, nowSeconds)',
    suite: 'daemon/explain-past',
  },
  {
    rule: 'incidents: one that begins again soon is the same one',
    file: 'incidents/incidents.ts',
    find: "reason !== 'namespace_gone' && now",
    replace: "reason === 'namespace_gone' && now",
    suite: 'daemon/incidents',
  },
  {
    rule: 'incidents: a file that is something else is left as it is',
    file: 'daemon/incident-keeper.ts',
    find: 'path === undefined || !this.#isOwn',
    replace: 'path === undefined',
    suite: 'daemon/incidents',
  },
  {
    rule: 'check: what could not be read is unknown, and not ok',
    file: 'answers/verdict.ts',
    find: "return isUnknown ? 'unknown' : 'ok';",
    replace: "return 'ok';",
    suite: 'cli/check/check',
  },
  {
    rule: 'check: the threshold of a plugin is the most that is no alert',
    file: 'cli/check/performance.ts',
    find: 'used -= 1;',
    replace: 'return used;',
    suite: 'cli/check/check',
  },
  {
    rule: 'check: a name does not end the text of the line',
    file: 'cli/check/plugin-output.ts',
    find: "printable(text).replaceAll('|', String.raw`\\x7c`)",
    replace: 'printable(text)',
    suite: 'cli/check/plugin-output',
  },
  {
    rule: 'report: the same address has the same name on both ends of an endpoint',
    file: 'answers/report/redact.ts',
    find: 'remoteAddress: this.#aliases.ofAddress(pool.remoteAddress),',
    replace: '',
    suite: 'cli/report/report',
  },
  {
    rule: 'explain: where nobody listens, a connection keeps a service from its port',
    file: 'answers/port/explain-port.ts',
    find: "if (connections.length > 0) return 'taken';",
    replace: '',
    suite: 'cli/explain/explain-port',
  },
  {
    rule: 'explain: the line that keeps a port has what is reserved already',
    file: 'answers/port/explain-port.ts',
    find: 'reserved.union(PortSet.of([{ low: port, high: port }]))',
    replace: 'PortSet.of([{ low: port, high: port }])',
    suite: 'cli/explain/explain-port',
  },
  {
    rule: 'top: what ends it comes before the line to copy',
    file: 'cli/top/views/pool-words.ts',
    find: 'const [first] = risk.remedies;',
    replace: "const first = risk.remedies.find(({ command }) => command !== '');",
    suite: 'cli/top/remedies',
  },
  {
    rule: 'explain: what a bind() takes from others is said',
    file: 'answers/bound-words.ts',
    find: "kind !== 'connect' || bound === 0",
    replace: 'bound >= 0',
    suite: 'cli/explain/explain-endpoint',
  },
];
