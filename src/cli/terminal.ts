/** What is said to whoever started the program by hand. */

/** Writes what was asked for; returns the exit status of success. */
export function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

/** Writes what is wrong; returns the exit status of failure. */
export function printError(text: string): number {
  process.stderr.write(`ephemeral-port-exporter: ${text}\n`);
  return 1;
}

/** A reader that has gone, as in `| head -1`, is no error; a full disk is. */
export function guardStandardOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.exit(printError(`standard output: ${error.message}`));
  });
}
