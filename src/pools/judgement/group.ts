import type { EndpointTable } from '../tables/endpoint-table.ts';
import type { EndpointEvidence } from './endpoint-evidence.ts';
import type { Evidence, Verdict } from './evidence.ts';
import type { JudgedAddress } from './judged-addresses.ts';

/**
 * What is known of when a row appeared: `known` ones some poll has judged before; `born` ones have appeared since the last
 * poll; of `unclear` ones, which no poll has judged, nobody knows.
 */
export type Age = 'known' | 'unclear' | 'born';

/** What is known of each listed row, by its index. */
export interface RowFindings {
  readonly verdicts: Verdict[];
  readonly ages: Age[];
}

/** What one user opened from one local address to one destination, as it is listed at one poll. */
export class Group {
  readonly table: EndpointTable;
  /** Number of its endpoint in the table. */
  readonly id: number;
  readonly user: number;
  readonly address: JudgedAddress;
  readonly endpoint: EndpointEvidence;
  /** Indices of its rows in the list. */
  readonly members: number[] = [];
  /** Those of them that were given a verdict at this poll which is likely and not proved. */
  assumed: readonly number[] = [];
  readonly #findings: RowFindings;

  constructor(
    table: EndpointTable,
    id: number,
    user: number,
    address: JudgedAddress,
    endpoint: EndpointEvidence,
    findings: RowFindings,
  ) {
    this.table = table;
    this.id = id;
    this.user = user;
    this.address = address;
    this.endpoint = endpoint;
    this.#findings = findings;
  }

  /** What was found of the group at this poll and before. */
  get evidence(): Readonly<Evidence> {
    return this.endpoint.of(this.user);
  }

  /** Rows without a verdict. */
  get undecided(): readonly number[] {
    return this.members.filter((row) => this.#findings.verdicts[row] === 'undecided');
  }

  /** Rows that no poll has judged before, with a verdict by now or without. */
  get newcomers(): readonly number[] {
    return this.members.filter((row) => this.#isNew(row));
  }

  /** Those of them without a verdict. */
  get undecidedNew(): readonly number[] {
    return this.undecided.filter((row) => this.#isNew(row));
  }

  add(row: number): void {
    this.members.push(row);
  }

  isBound(row: number): boolean {
    return this.#findings.verdicts[row] === 'bound';
  }

  isBorn(row: number): boolean {
    return this.#findings.ages[row] === 'born';
  }

  /** Gives rows their verdict, and counts those that are judged for the first time as evidence about the others. */
  prove(rows: readonly number[], verdict: Verdict): void {
    if (rows.length === 0) return;
    const newRows = rows.filter((row) => this.#isNew(row)).length;
    this.endpoint.add(this.user, verdict, newRows);
    this.decide(rows, verdict);
  }

  /** Gives rows a verdict that is likely and not proved. */
  assume(rows: readonly number[], verdict: Verdict): void {
    this.decide(rows, verdict);
    if (rows.length > 0) this.assumed = [...this.assumed, ...rows];
  }

  /** What was assumed is proved by now. */
  acceptAssumed(): void {
    this.assumed = [];
  }

  /** Gives rows their verdict, which proves nothing about the others. */
  decide(rows: readonly number[], verdict: Verdict): void {
    for (const row of rows) this.#findings.verdicts[row] = verdict;
  }

  #isNew(row: number): boolean {
    return this.#findings.ages[row] !== 'known';
  }
}
