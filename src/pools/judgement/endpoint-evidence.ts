import { Evidence, NO_EVIDENCE, type Verdict } from './evidence.ts';

/** What is known from poll to poll about who opened the connections of one endpoint, and how. */
export class EndpointEvidence {
  /** By user, or `UNKNOWN_USER`. Of most endpoints nothing is ever proved. */
  #byUser: Map<number, Evidence> | undefined;
  /** Ports of the first pass that were held at the last poll. */
  firstPassHeld = Number.POSITIVE_INFINITY;

  of(user: number): Readonly<Evidence> {
    return this.#byUser?.get(user) ?? NO_EVIDENCE;
  }

  /** Counts rows of which the verdict was proved. */
  add(user: number, verdict: Verdict, rows: number): void {
    this.#byUser ??= new Map();
    const evidence = this.#byUser.get(user) ?? new Evidence();
    this.#byUser.set(user, evidence);
    evidence.add(verdict, rows);
  }

  /** Of all users together. */
  get sum(): Readonly<Evidence> {
    if (this.#byUser === undefined) return NO_EVIDENCE;
    const sum = new Evidence();
    for (const evidence of this.#byUser.values()) sum.addAll(evidence);
    return sum;
  }
}
