/** What was decided of rows, or can be decided of them. */
export type Verdict = 'bound' | 'connected' | 'undecided';

/**
 * How many rows of a group were proved to be bound before they connected, and how many to have got their port from
 * `connect()`. A group is what one user opened from one local address to one destination.
 */
export class Evidence {
  bound = 0;
  connected = 0;

  add(verdict: Verdict, rows = 1): void {
    if (verdict === 'bound') this.bound += rows;
    else if (verdict === 'connected') this.connected += rows;
  }

  addAll(other: Readonly<Evidence>): void {
    this.bound += other.bound;
    this.connected += other.connected;
  }

  /** What a row of the group is taken for that nothing else decides: what most of the others were. */
  get verdict(): Verdict {
    if (this.bound === 0 && this.connected === 0) return 'undecided';
    return this.bound >= this.connected ? 'bound' : 'connected';
  }
}

/** Of rows of which nothing is proved. */
export const NO_EVIDENCE: Readonly<Evidence> = new Evidence();
