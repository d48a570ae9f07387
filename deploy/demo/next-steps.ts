import { readFileSync } from 'node:fs';
import { ALERTMANAGER, EXPORTER, PROMETHEUS, RANGE, SERVICE } from './addresses.ts';
import type { Scenario } from './scenario.ts';

/** Texts that say what the user can do next. */

export const STOPPED = 'Everything is stopped and removed.';

/** Printed at the end. */
export const NEXT_STEPS = [
  `${STOPPED} Next:`,
  '  npm run demo -- --keep                          the same, and it runs on for you to look around',
  '  npm run demo -- --bind-first                    a client that binds a local address before it connects',
  '  npm start                                       the exporter on this host, with its page at http://localhost:9065/',
  '  node dist/main.js --once --once.format=table    who uses how many ports on this host',
  '  README.md, "Alerts"                             what each alert means and what to do',
].join('\n');

/**
 * Printed with `--keep`, while everything still runs. Where the client binds first, every `connect()` of the namespace
 * fails for lack of a port, those of curl too, unless it names a port outside of the range.
 */
export function nextStepsWhileRunning({ localAddress }: Scenario): string {
  const curl = localAddress === undefined ? 'curl' : `curl --local-port ${RANGE.high + 1}-65535`;
  const inside = `nsenter -t ${process.pid} ${isInUserNamespace() ? '-U --preserve-credentials -n' : '-n'}`;
  return [
    `Everything runs on until Ctrl-C, in a network namespace, where the live page is http://${EXPORTER}/. From another terminal:`,
    `  ${inside} ${curl} http://${EXPORTER}/metrics`,
    `  ${inside} ${curl} http://${PROMETHEUS}/api/v1/alerts`,
    `  ${inside} ${curl} http://${ALERTMANAGER}/api/v2/alerts`,
    `  ${inside} ss -tan dst ${SERVICE.host}`,
  ].join('\n');
}

/** Whether this process is root only in a user namespace: the whole range of user ids is mapped on the host alone. */
function isInUserNamespace(): boolean {
  return !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
}
