import { printableLines } from '../answers/printable.ts';

/** Writes to standard output; returns the exit status of success. */
export function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

/** Writes what is wrong to standard error; returns the exit status of failure. */
export function printError(text: string): number {
  process.stderr.write(`ephemeral-port-exporter: ${printableLines(text)}\n`);
  return 1;
}

/**
 * Ends the program when standard output cannot be written: where its reader has closed it (`| head -1`) without an error, and with
 * the exit status that is set already.
 */
export function guardStandardOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    process.exit(printError(`standard output: ${error.message}`));
  });
}
