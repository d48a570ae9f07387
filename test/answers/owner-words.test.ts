import { expect, test } from 'vitest';
import { nameOfOwner, ownersCell, ownersSentence } from '../../src/answers/owner-words.ts';
import { incidentLines } from '../../src/incidents/incident-words.ts';
import type { Incident } from '../../src/incidents/incident.ts';
import type { OwnerKind, OwnerShare, PoolOwners } from '../../src/owners/owner.ts';

function share(kind: OwnerKind | '', name: string, ports: number): OwnerShare {
  return { kind, name, ports, remembered: 0, uid: undefined, group: undefined, pids: [] };
}

test.each([
  ['process', 'orders', 'orders'],
  ['pod', 'shop/cart-0', 'pod shop/cart-0'],
  ['user', '0', 'user 0'],
  ['user', 'user-1', 'user-1'],
  ['', 'unknown', 'owners that were not found'],
])('the %s %s is called %s', (kind, name, words) => {
  expect(nameOfOwner({ kind, name })).toBe(words);
});

const OWNERS: PoolOwners = {
  ageSeconds: 0,
  ports: 1719,
  isUnfinished: false,
  largest: [share('process', 'orders', 1389), share('user', '0', 310), share('', 'unknown', 20)],
};

test('a sentence says in words what is not known, a cell leaves it out', () => {
  expect(ownersSentence(OWNERS)).toBe(
    ' Held by orders (1389 ports), user 0 (310 ports), owners that were not found (20 ports).',
  );
  expect(ownersCell(OWNERS)).toBe('orders 1389, user 0 310');
});

test('an incident says it in the same words', () => {
  const owners = OWNERS.largest.map(({ kind, name, ports }) => {
    return { owner_kind: kind, owner: name, ports };
  });
  const incident = {
    cause: 'connection_leak',
    times: 1,
    worst: { available: 0, capacity: 1719, owners },
    began_at_seconds: 0,
    ended_at_seconds: null,
    end_reason: '',
  } as unknown as Incident;
  expect(incidentLines([incident], 60).join('')).toContain(
    'held by orders (1389), user 0 (310), owners that were not found (20). ',
  );
});
