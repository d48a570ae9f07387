import type { PortMemory } from './port-memory.ts';
import { FIRST_PASS_REUSABLE, INSPECTED } from '../tables/endpoint-fields.ts';
import type { JudgedAddresses } from './judged-addresses.ts';
import { MIN_PASSED_OVER } from './missing-timestamps.ts';
import {
  BEGAN_ROW,
  JUDGED_ROW,
  type ListedRows,
  OWNED_ROW,
  SECOND_PASS_ROW,
  UNUSUAL_ADDRESS_ROW,
} from './listed-rows.ts';
import { unknownRows } from './unknown-rows.ts';

/**
 * Finds local addresses at which a `bind()` may have chosen a port, and that are not judged yet: there a row was bound
 * explicitly, or has an address that the route does not prefer, or appeared on a port of the second pass though the first
 * had room at the last two polls (`__inet_hash_connect` in net/ipv4/inet_hashtables.c). At the first poll, when nobody
 * knows when a row appeared, each row of the second pass makes its address one.
 *
 * An endpoint that took ports of the second pass while TIME_WAITs of its first could be taken over is looked at too: its
 * connections may have no timestamps.
 *
 * Adds them to `addresses`; returns whether there was any, so that the rows must be visited once more.
 */
export function findSuspects(
  rows: ListedRows,
  addresses: JudgedAddresses,
  before: PortMemory | undefined,
): boolean {
  const isCandidate = (row: number): boolean =>
    !rows.is(row, JUDGED_ROW) &&
    (before === undefined || mayBeBound(row, rows) || passedReuseOver(row, rows));
  const seen = new Set<number>();
  const passedOver = new Map<number, number>();
  let found = false;
  for (const row of unknownRows(rows, isCandidate, before)) {
    const [table, id, endpoint] = [rows.table(row), rows.id(row), rows.endpoint(row)];
    if (seen.has(endpoint)) continue;
    if (before !== undefined && !mayBeBound(row, rows)) {
      const count = (passedOver.get(endpoint) ?? 0) + 1;
      passedOver.set(endpoint, count);
      if (count < MIN_PASSED_OVER + table.liveBefore(id)) continue;
    }
    seen.add(endpoint);
    found = addresses.add(table.keys.rowWithoutDevice(id)) || found;
  }
  return found;
}

/** A row that is listed though its address is not judged is owned, or has an unusual address, or is of the second pass. */
function mayBeBound(row: number, rows: ListedRows): boolean {
  return rows.is(row, OWNED_ROW | UNUSUAL_ADDRESS_ROW) || !rows.table(row).wasFull(rows.id(row));
}

/** A TIME_WAIT of the second pass that began since the last poll, though one of the first pass could be taken over. */
function passedReuseOver(row: number, rows: ListedRows): boolean {
  if (!rows.is(row, SECOND_PASS_ROW) || !rows.is(row, BEGAN_ROW)) return false;
  const [table, id] = [rows.table(row), rows.id(row)];
  return table.count(id, FIRST_PASS_REUSABLE) > 0 && !table.has(id, INSPECTED);
}
