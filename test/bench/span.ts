/** How long the namespaces of a quiet host are scanned, on a clock that is put forward. */
export const HOURS = 6;

/** What that took. */
export interface Span {
  readonly cpuMs: number;
  /** Readings of namespaces other than the own one. */
  readonly readings: number;
}
