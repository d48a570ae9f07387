/** Says what is wrong, on standard error. */
export function complain(error: unknown): void {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
}
