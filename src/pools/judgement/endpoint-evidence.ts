import { Evidence } from './evidence.ts';

/** What is known from poll to poll about who opened the connections of one endpoint, and how. */
export class EndpointEvidence {
  /** By user, or `UNKNOWN_OWNER`. */
  readonly #byOwner = new Map<number, Evidence>();
  /** Ports of the first pass that were held at the last poll. */
  firstPassHeld = Number.POSITIVE_INFINITY;

  of(owner: number): Evidence {
    const found = this.#byOwner.get(owner);
    if (found !== undefined) return found;
    const evidence = new Evidence();
    this.#byOwner.set(owner, evidence);
    return evidence;
  }

  /** Of all users together. */
  get sum(): Evidence {
    const sum = new Evidence();
    for (const evidence of this.#byOwner.values()) sum.addAll(evidence);
    return sum;
  }
}
