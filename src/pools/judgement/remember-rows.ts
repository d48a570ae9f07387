import { FIRST_PASS_HELD } from '../tables/endpoint-fields.ts';
import type { EndpointTable } from '../tables/endpoint-table.ts';
import type { Judgement } from './judgement.ts';
import { JUDGED_ROW, type ListedRows } from './listed-rows.ts';
import type { PortMemory } from './port-memory.ts';
import type { Room } from './room.ts';

/**
 * Remembers the rows that the next poll must not take for new ones, with what was decided of them. Those of the second
 * pass of an endpoint whose first may be full need not be among them: the next two polls pass over that endpoint.
 */
export function rememberRows(
  { groups, verdicts }: Judgement,
  { listed, tables }: { readonly listed: ListedRows; readonly tables: readonly EndpointTable[] },
  room: Room,
  memory: PortMemory,
): void {
  memory.listedRows = listed.size;
  for (let row = 0; row < listed.size; row += 1) {
    if (!listed.is(row, JUDGED_ROW)) {
      if (!room.isHalfFree(listed.table(row), listed.id(row))) continue;
      memory.rememberUnjudged(listed.first(row), listed.second(row));
      continue;
    }
    const verdict = verdicts[row];
    memory.rememberVerdict(listed.first(row), listed.second(row), verdict);
    if (listed.inode(row) !== 0)
      memory.rememberVerdict(listed.first(row), listed.liveSecond(row), verdict);
  }
  for (const table of tables) {
    for (let id = 0; id < table.size; id += 1) table.rememberFull(id, !room.isHalfFree(table, id));
  }
  for (const { table, id, endpoint } of groups)
    endpoint.firstPassHeld = table.count(id, FIRST_PASS_HELD);
}
