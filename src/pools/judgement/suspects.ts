import type { PortMemory } from './port-memory.ts';
import { FIRST_PASS_REUSABLE } from '../tables/endpoint-fields.ts';
import type { JudgedAddresses } from './judged-addresses.ts';
import {
  JUDGED_ROW,
  type ListedRows,
  OWNED_ROW,
  REUSABLE_ROW,
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
 * An endpoint that takes ports of the second pass while TIME_WAITs of its first could be taken over is looked at too, but
 * not at each poll: its connections may have no timestamps.
 *
 * Adds them to `addresses`; returns whether there was any, so that the rows must be visited once more.
 */
export function findSuspects(
  rows: ListedRows,
  addresses: JudgedAddresses,
  before: PortMemory | undefined,
  nowMs: number,
): boolean {
  const looksAtReuse = addresses.mayLookAtReuse(nowMs);
  const isCandidate = (row: number): boolean =>
    !rows.is(row, JUDGED_ROW) &&
    (before === undefined || mayBeBound(row, rows) || (looksAtReuse && passesReuseOver(row, rows)));
  const seen = new Set<number>();
  let found = false;
  for (const row of unknownRows(rows, isCandidate, before)) {
    if (seen.has(rows.endpoint(row))) continue;
    seen.add(rows.endpoint(row));
    found = addresses.add(rows.table(row).keys.rowWithoutDevice(rows.id(row))) || found;
  }
  return found;
}

/** A row that is listed though its address is not judged is owned, or has an unusual address, or is of the second pass. */
function mayBeBound(row: number, rows: ListedRows): boolean {
  return rows.is(row, OWNED_ROW | UNUSUAL_ADDRESS_ROW) || !rows.table(row).wasFull(rows.id(row));
}

function passesReuseOver(row: number, rows: ListedRows): boolean {
  if (!rows.is(row, SECOND_PASS_ROW) || rows.is(row, REUSABLE_ROW)) return false;
  return rows.table(row).count(rows.id(row), FIRST_PASS_REUSABLE) > 0;
}
