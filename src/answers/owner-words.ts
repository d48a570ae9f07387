import { type OwnerShare, type PoolOwners, UNFINISHED } from '../owners/owner.ts';
import { printable } from './printable.ts';

/** `kind` is that of an `OwnerShare`, or a text that was kept. */
interface NamedOwner {
  readonly kind: string;
  readonly name: string;
}

/** Owners that a sentence or a cell names: as many as fit into a line. */
const MAX_NAMED = 2;

const NOT_FOUND = 'owners that were not found';

/** `nginx`, `nginx.service`, `pod shop/cart-0`, `container 0123456789ab`, `user 1000`; words where nothing is known. */
export function nameOfOwner(owner: NamedOwner): string {
  return printable(ownerInWords(owner));
}

/** The same as it was found: a program may have put anything into its name. */
export function ownerInWords({ kind, name }: NamedOwner): string {
  if (kind === '') return NOT_FOUND;
  // In a redacted report a user has a name that says what it is.
  const isNumber = kind === 'user' && /^\d+$/.test(name);
  const prefix = kind === 'pod' || kind === 'container' || isNumber ? `${kind} ` : '';
  return `${prefix}${name}`;
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
 * The same as a sentence with a blank in front: ` Held by nginx (40 ports, 12 of them remembered), owners that were not found (20
 * ports).` Empty where nobody is known. Says too where the search was not finished.
 */
export function ownersSentence(owners: PoolOwners | undefined): string {
  if (owners === undefined) return '';
  const named = namedOwners(owners);
  const told = owners.largest.filter((share) => share.kind === '' || named.includes(share));
  const isKnown = named.length > 0;
  if (!owners.isUnfinished) return isKnown ? ` Held by ${told.map(shareText).join(', ')}.` : '';
  const held = told.map(shareText).join(', ') || NOT_FOUND;
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
