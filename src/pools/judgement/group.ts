import type { EndpointTable } from '../tables/endpoint-table.ts';
import type { EndpointEvidence } from './endpoint-evidence.ts';
import type { Evidence, Verdict } from './evidence.ts';
import type { JudgedAddress } from './judged-addresses.ts';

/** The verdict of each listed row, by its index. */
export type Verdicts = Verdict[];

/** What one user opened from one local address to one destination, as it is listed at one poll. */
export class Group {
  readonly table: EndpointTable;
  /** Number of its endpoint in the table. */
  readonly id: number;
  readonly owner: number;
  readonly address: JudgedAddress;
  readonly endpoint: EndpointEvidence;
  /** Indices of its rows in the list. */
  readonly members: number[] = [];
  /** Those of them that no poll has judged before. */
  readonly #fresh = new Set<number>();
  /** Those of them that are known to have appeared since the last poll. */
  readonly #born = new Set<number>();
  readonly #verdicts: Verdicts;

  constructor(
    table: EndpointTable,
    id: number,
    owner: number,
    address: JudgedAddress,
    endpoint: EndpointEvidence,
    verdicts: Verdicts,
  ) {
    this.table = table;
    this.id = id;
    this.owner = owner;
    this.address = address;
    this.endpoint = endpoint;
    this.#verdicts = verdicts;
  }

  /** What was found of the group at this poll and before. */
  get evidence(): Evidence {
    return this.endpoint.of(this.owner);
  }

  /** Rows without a verdict. */
  get undecided(): readonly number[] {
    return this.members.filter((row) => this.#verdicts[row] === 'undecided');
  }

  /** Rows without a verdict that no poll has judged before. */
  get fresh(): readonly number[] {
    return this.undecided.filter((row) => this.#fresh.has(row));
  }

  /** Rows that no poll has judged before, with a verdict or without. */
  get firstSeen(): readonly number[] {
    return this.members.filter((row) => this.#fresh.has(row));
  }

  add(row: number, age: 'known' | 'fresh' | 'born'): void {
    this.members.push(row);
    if (age !== 'known') this.#fresh.add(row);
    if (age === 'born') this.#born.add(row);
  }

  isBound(row: number): boolean {
    return this.#verdicts[row] === 'bound';
  }

  isBorn(row: number): boolean {
    return this.#born.has(row);
  }

  /** Gives rows their verdict, and counts those that are judged for the first time as evidence about the others. */
  prove(rows: readonly number[], verdict: Verdict): void {
    this.evidence.add(verdict, rows.filter((row) => this.#fresh.has(row)).length);
    this.decide(rows, verdict);
  }

  /** Gives rows their verdict, which proves nothing about the others. */
  decide(rows: readonly number[], verdict: Verdict): void {
    for (const row of rows) this.#verdicts[row] = verdict;
  }
}
