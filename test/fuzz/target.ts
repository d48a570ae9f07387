/** A parser, what its inputs are made from, and what must hold for each. */
export interface Target {
  readonly name: string;
  readonly seeds: readonly Buffer[];
  /** Parses the input. Throws where something does not hold. */
  readonly run: (input: Buffer) => void;
  /** Errors by which the parser may say that it does not understand. Any other is a find. */
  readonly allowed?: readonly (new (...args: never[]) => Error)[];
}

/** Something that must hold does not. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

/** A number that no text can have stood for: not whole, or outside of the bounds. */
export function holdsWhole(what: string, value: number | undefined, high: number): void {
  if (value === undefined) return;
  if (!Number.isSafeInteger(value) || value < 0 || value > high) {
    throw new Broken(`${what} is ${value}`);
  }
}

/** Runs one input; what was found, undefined where all holds. */
export function findIn({ run, allowed = [] }: Target, input: Buffer): unknown {
  try {
    run(input);
    return undefined;
  } catch (error) {
    return allowed.some((kind) => error instanceof kind) ? undefined : error;
  }
}
