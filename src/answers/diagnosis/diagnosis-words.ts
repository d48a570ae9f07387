import { duration } from '../words.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { Remedy } from './remedy.ts';

/** Cause and remedies as sentences of one line: `Cause connection_leak: … Restarting it frees the ports.` */
export function diagnosisSentences({ cause, remedies }: Diagnosis): string {
  const why = cause.evidence === '' ? [] : [`Cause ${cause.name}: ${cause.evidence}.`];
  return [...why, ...remedies.map(remedySentences)].join(' ');
}

/** `Widen the range to 10240-60999 (+22528 ports): sysctl -w net.ipv4.ip_local_port_range="10240 60999".` */
function remedySentences(remedy: Remedy): string {
  const { text, command, isElsewhere = false, danger } = remedy;
  const effect = effectText(remedy);
  const body = text.replace(/\.$/, '');
  const where = isElsewhere ? ' inside its network namespace' : '';
  const line = command === undefined ? '' : `${where}: ${command}`;
  const what = effect === '' ? `${body}${line}.` : `${body} (${effect})${line}.`;
  return danger === undefined ? what : `${what} ${danger}`;
}

/** What a remedy gives: `+22528 ports, which last 4 h at this rate`; empty where that is not known. */
export function effectText({ gainedPorts, lastsSeconds }: Remedy): string {
  if (gainedPorts === undefined) return '';
  const ports = `+${gainedPorts} ports`;
  return lastsSeconds === undefined
    ? ports
    : `${ports}, which last ${duration(lastsSeconds)} at this rate`;
}
