import { HELD } from '../tables/endpoint-fields.ts';
import { PortSet } from '../tables/port-set.ts';
import type { JudgedAddresses } from './judged-addresses.ts';
import { JUDGED_ROW, type ListedRows, NO_PORT_ROW, SECOND_PASS_ROW } from './listed-rows.ts';

/** Such endpoints towards one remote address that are needed to judge them. Chosen, not measured. */
const MIN_ENDPOINTS = 6;
/** Two connections of one remote address may have the same remote port by chance. */
const MAX_PORTS = 2;
/** `connect()` to a new destination never takes a port of the second pass first; a share of them shows that it did not. */
const MIN_SECOND_PASS_SHARE = 0.25;
/** Where the range of Linux begins: few services listen there, so that a single closed connection is enough. */
const CLIENT_PORTS = 32_768;

/**
 * The ports of listeners that opened and closed unseen, such as those of FTP in passive mode. What they accepted looks
 * like outbound connections, one for each of many ports of one remote address, on ports of both passes. Connections
 * of a client to so many destinations would all be on ports of the first pass.
 */
export function portsOfShortListeners(
  rows: ListedRows,
  addresses: JudgedAddresses,
  nowMs: number,
): PortSet {
  const ports = new PortSet();
  if (addresses.size === 0) return ports;
  const byText = new Map(addresses.all.map((address) => [address.text, address]));
  for (const [local, crowds] of singleRows(rows)) {
    const address = byText.get(local);
    for (const [remote, crowd] of crowds) {
      const isKnown = address?.hasShortListeners(remote, nowMs) === true;
      if (!isOfShortListeners(crowd, rows, isKnown)) continue;
      address?.rememberShortListeners(remote, nowMs);
      for (const row of crowd) ports.add(rows.port(row));
    }
  }
  return ports;
}

/** Rows of endpoints with a port or two, by local and by remote address. */
function singleRows(rows: ListedRows): ReadonlyMap<string, ReadonlyMap<string, readonly number[]>> {
  const crowds = new Map<string, Map<string, number[]>>();
  for (let row = 0; row < rows.size; row += 1) {
    const [table, id] = [rows.table(row), rows.id(row)];
    if (!rows.is(row, JUDGED_ROW) || rows.is(row, NO_PORT_ROW)) continue;
    if (table.count(id, HELD) > MAX_PORTS) continue;
    const [local, remote] = [table.keys.localAddress(id), table.keys.remoteAddress(id)];
    const byRemote = crowds.get(local) ?? new Map<string, number[]>();
    crowds.set(local, byRemote);
    const crowd = byRemote.get(remote);
    if (crowd === undefined) byRemote.set(remote, [row]);
    else crowd.push(row);
  }
  return crowds;
}

/** `isKnown`: such listeners were found towards the same remote address not long ago. */
function isOfShortListeners(crowd: readonly number[], rows: ListedRows, isKnown: boolean): boolean {
  const areClients = crowd.every(
    (row) => rows.table(row).keys.remotePort(rows.id(row)) >= CLIENT_PORTS,
  );
  if (isKnown && areClients) return true;
  const second = crowd.filter((row) => rows.is(row, SECOND_PASS_ROW)).length;
  if (second === 0 || second < MIN_SECOND_PASS_SHARE * crowd.length) return false;
  const areClosed = crowd.every((row) => rows.closedAgoMs(row) >= 0);
  const endpoints = new Set(crowd.map((row) => rows.endpoint(row))).size;
  return (areClients && areClosed) || (endpoints >= MIN_ENDPOINTS && second < crowd.length);
}
