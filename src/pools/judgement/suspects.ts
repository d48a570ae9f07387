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
  const seen = new Set<number>();
  let found = false;
  for (let row = 0; row < rows.size; row += 1) {
    if (rows.is(row, JUDGED_ROW)) continue;
    const isSuspicious =
      isSuspect(row, rows, before) || (looksAtReuse && passesReuseOver(row, rows, before));
    if (!isSuspicious || seen.has(rows.endpoint(row))) continue;
    seen.add(rows.endpoint(row));
    found = addresses.add(rows.table(row).keys.rowWithoutDevice(rows.id(row))) || found;
  }
  return found;
}

/** A row that is listed though its address is not judged is owned, or has an unusual address, or is of the second pass. */
function isSuspect(row: number, rows: ListedRows, before: PortMemory | undefined): boolean {
  if (before === undefined) return true;
  const mayBeBound =
    rows.is(row, OWNED_ROW | UNUSUAL_ADDRESS_ROW) || !rows.table(row).wasFull(rows.id(row));
  return mayBeBound && !before.knowsIdentity(rows.first(row), rows.second(row));
}

function passesReuseOver(row: number, rows: ListedRows, before: PortMemory | undefined): boolean {
  if (!rows.is(row, SECOND_PASS_ROW) || rows.is(row, REUSABLE_ROW)) return false;
  if (rows.table(row).count(rows.id(row), FIRST_PASS_REUSABLE) === 0) return false;
  return before?.knowsIdentity(rows.first(row), rows.second(row)) !== true;
}
