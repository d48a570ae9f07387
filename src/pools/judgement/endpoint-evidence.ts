import { Evidence, NO_EVIDENCE, type Verdict } from './evidence.ts';

/** What is known from poll to poll about who opened the connections of one endpoint, and how. */
export class EndpointEvidence {
  /** By user, or `UNKNOWN_OWNER`. Of most endpoints nothing is ever proved. */
  #byOwner: Map<number, Evidence> | undefined;
  /** Ports of the first pass that were held at the last poll. */
  firstPassHeld = Number.POSITIVE_INFINITY;

  of(owner: number): Readonly<Evidence> {
    return this.#byOwner?.get(owner) ?? NO_EVIDENCE;
  }

  /** Counts rows of which the verdict was proved. */
  add(owner: number, verdict: Verdict, rows: number): void {
    this.#byOwner ??= new Map();
    const evidence = this.#byOwner.get(owner) ?? new Evidence();
    this.#byOwner.set(owner, evidence);
    evidence.add(verdict, rows);
  }

  /** Of all users together. */
  get sum(): Readonly<Evidence> {
    if (this.#byOwner === undefined) return NO_EVIDENCE;
    const sum = new Evidence();
    for (const evidence of this.#byOwner.values()) sum.addAll(evidence);
    return sum;
  }
}
