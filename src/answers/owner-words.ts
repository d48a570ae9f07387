import { type OwnerShare, type PoolOwners, UNFINISHED } from '../owners/owner.ts';
import { printable } from './printable.ts';

/** Owners that a sentence or a cell names: as many as fit into a line. */
const MAX_NAMED = 2;

/** `nginx`, `nginx.service`, `pod shop/cart-0`, `container 0123456789ab`, `user 1000`, `unknown`. */
export function nameOfOwner({ kind, name }: OwnerShare): string {
  const prefix = kind === 'pod' || kind === 'container' || kind === 'user' ? `${kind} ` : '';
  return printable(`${prefix}${name}`);
}

/** Who holds the ports of a pool, for the cell of a table: a name alone where it holds all. Empty where nobody is known. */
export function ownersCell(owners: PoolOwners | undefined): string {
  const named = namedOwners(owners);
  const [first] = named;
  if (owners === undefined || first === undefined) return '';
  if (first.ports === owners.ports) return nameOfOwner(first);
  return named.map((share) => `${nameOfOwner(share)} ${share.ports}`).join(', ');
}

/**
 * The same as a sentence with a blank in front: ` Held by nginx (40 ports, 12 of them remembered), unknown (20 ports).` Empty
 * where nobody is known. Says too where the search was not finished.
 */
export function ownersSentence(owners: PoolOwners | undefined): string {
  if (owners === undefined) return '';
  const named = namedOwners(owners);
  const told = owners.largest.filter((share) => share.kind === '' || named.includes(share));
  const isKnown = named.length > 0;
  if (!owners.isUnfinished) return isKnown ? ` Held by ${told.map(shareText).join(', ')}.` : '';
  const held = told.map(shareText).join(', ') || 'unknown';
  return ` Held by ${held}; ${UNFINISHED}.`;
}

function shareText(share: OwnerShare): string {
  const { ports, remembered } = share;
  const rest = remembered === 0 ? '' : `, ${remembered} of them remembered`;
  return `${nameOfOwner(share)} (${ports} ${ports === 1 ? 'port' : 'ports'}${rest})`;
}

/** The largest that are known. */
function namedOwners(owners: PoolOwners | undefined): readonly OwnerShare[] {
  const known = owners?.largest.filter(({ kind }) => kind !== '') ?? [];
  return known.slice(0, MAX_NAMED);
}
