/** Prints an error on standard error: its message, without a stack trace. */
export function printError(error: unknown): void {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
}
