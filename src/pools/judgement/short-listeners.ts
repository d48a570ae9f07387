import { HELD } from '../tables/endpoint-fields.ts';
import { PortSet } from '../tables/port-set.ts';
import { JUDGED_ROW, type ListedRows, SECOND_PASS_ROW } from './listed-rows.ts';

/** Endpoints of a single port towards one remote address that are needed to judge them. Chosen, not measured. */
const MIN_ENDPOINTS = 6;
/** `connect()` to a new destination never takes a port of the second pass first; a share of them shows that it did not. */
const MIN_SECOND_PASS_SHARE = 0.25;

/**
 * The ports of listeners that opened and closed unseen, such as those of FTP in passive mode. What they accepted looks
 * like outbound connections, one for each of many ports of one remote address, on ports of both passes. Connections
 * of a client to so many destinations would all be on ports of the first pass.
 */
export function portsOfShortListeners(rows: ListedRows): PortSet {
  const crowds = new Map<string, number[]>();
  for (let row = 0; row < rows.size; row += 1) {
    const [table, id] = [rows.table(row), rows.id(row)];
    if (!rows.is(row, JUDGED_ROW) || table.count(id, HELD) !== 1) continue;
    const remote = `${table.keys.localAddress(id)} ${table.keys.remoteAddress(id)}`;
    const crowd = crowds.get(remote);
    if (crowd === undefined) crowds.set(remote, [row]);
    else crowd.push(row);
  }
  const ports = new PortSet();
  for (const crowd of crowds.values()) {
    const second = crowd.filter((row) => rows.is(row, SECOND_PASS_ROW)).length;
    const isMixed = second < crowd.length && second >= MIN_SECOND_PASS_SHARE * crowd.length;
    if (crowd.length < MIN_ENDPOINTS || !isMixed) continue;
    for (const row of crowd) ports.add(rows.port(row));
  }
  return ports;
}
