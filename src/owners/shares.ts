import type { OwnerGroup, OwnerKind, OwnerProcess, OwnerShare } from './owner.ts';
import type { Sighting, Sightings } from './sightings.ts';

/** Owners that are named of one pool. */
const MAX_SHARES = 3;

/** Processes of one owner that are named. Chosen: as many as a person looks at. */
const MAX_PIDS = 3;

/** The ports of a pool by owner: all together, and the largest shares. */
export function sharesOf(sightings: Sightings): {
  readonly ports: number;
  readonly largest: readonly OwnerShare[];
} {
  const tallies = new Map<string, Tally>();
  for (const portion of portionsOf(sightings.all)) {
    const name = nameOf(portion);
    const key = `${name.kind} ${name.name}`;
    const tally = tallies.get(key) ?? new Tally(name);
    tallies.set(key, tally);
    tally.add(portion);
  }
  const { unkept } = sightings;
  if (unkept > 0) addUnknown(tallies, unkept);
  const shares = Array.from(tallies.values(), (tally) => tally.share).toSorted(bySize);
  return { ports: sightings.size + unkept, largest: shares.slice(0, MAX_SHARES) };
}

/** Ports of which the same is known. */
interface Portion {
  readonly uid: number | undefined;
  readonly group: OwnerGroup | undefined;
  readonly process: OwnerProcess | undefined;
  ports: number;
  remembered: number;
}

/** Compares objects and makes no text for each port: there can be tens of thousands. */
function portionsOf(sightings: Iterable<Sighting>): readonly Portion[] {
  const portions = new Map<unknown, Portion[]>();
  for (const sighting of sightings) {
    const { uid, group, process } = sighting;
    const key = process ?? group ?? uid;
    const alike = portions.get(key) ?? [];
    if (alike.length === 0) portions.set(key, alike);
    let portion = portionIn(alike, uid, group);
    if (portion === undefined) {
      portion = { uid, group, process, ports: 0, remembered: 0 };
      alike.push(portion);
    }
    portion.ports += 1;
    if (!sighting.isOpen) portion.remembered += 1;
  }
  return [...portions.values()].flat();
}

/** Called for each port, so that it makes no function as `find` would. */
function portionIn(
  portions: readonly Portion[],
  uid: number | undefined,
  group: OwnerGroup | undefined,
): Portion | undefined {
  for (const portion of portions)
    if (portion.uid === uid && portion.group === group) return portion;
  return undefined;
}

interface OwnerName {
  readonly kind: OwnerKind | '';
  readonly name: string;
}

const UNKNOWN: OwnerName = { kind: '', name: 'unknown' };

/** The best that is known of the owner. */
function nameOf({ uid, group, process }: Portion): OwnerName {
  if (process !== undefined) {
    const { command } = process;
    return { kind: 'process', name: group === undefined ? command : `${command} (${group.name})` };
  }
  if (group !== undefined) return group;
  return uid === undefined ? UNKNOWN : { kind: 'user', name: String(uid) };
}

function addUnknown(tallies: Map<string, Tally>, ports: number): void {
  const key = `${UNKNOWN.kind} ${UNKNOWN.name}`;
  const tally = tallies.get(key) ?? new Tally(UNKNOWN);
  tallies.set(key, tally);
  tally.add({ uid: undefined, group: undefined, process: undefined, ports, remembered: 0 });
}

/** Counts the ports of one owner. */
class Tally {
  readonly #owner: OwnerName;
  #ports = 0;
  #remembered = 0;
  readonly #uids = new Set<number>();
  #group: OwnerGroup | undefined;
  readonly #pids = new Set<number>();

  constructor(owner: OwnerName) {
    this.#owner = owner;
  }

  add({ uid, group, process, ports, remembered }: Portion): void {
    this.#ports += ports;
    if (this.#owner.kind !== '') this.#remembered += remembered;
    if (uid !== undefined) this.#uids.add(uid);
    this.#group ??= group;
    if (process !== undefined && this.#pids.size < MAX_PIDS) this.#pids.add(process.pid);
  }

  get share(): OwnerShare {
    const { kind, name } = this.#owner;
    const [uid] = this.#uids;
    return {
      kind,
      name,
      ports: this.#ports,
      remembered: this.#remembered,
      uid: this.#uids.size === 1 ? uid : undefined,
      group: this.#group,
      pids: [...this.#pids],
    };
  }
}

/** The most ports first; names break ties, so that the largest do not change from poll to poll. */
function bySize(a: OwnerShare, b: OwnerShare): number {
  return b.ports - a.ports || (a.name < b.name ? -1 : 1);
}
