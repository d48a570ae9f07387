/** Says what is wrong, on standard error. */
export function printError(error: unknown): void {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
}
