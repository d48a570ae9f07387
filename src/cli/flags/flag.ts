/** A flag on the command line is unknown or has a bad value; the message says what was expected. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
}

/** A flag as `--help` lists it. */
export interface FlagRow {
  readonly name: string;
  /** Placeholder of the value; a switch where absent. */
  readonly value?: string;
  readonly help: string;
  readonly choices?: readonly string[];
  readonly multiple?: boolean;
}
