import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';

export interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'pretty';
}

/** The log: standard error, so that `--once` keeps standard output to itself. */
export function createLog({ level, format }: LogOptions): Logger {
  if (format === 'json') {
    return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write });
  }
  const destination = new Writable({
    write(line: Buffer, _encoding, done) {
      write(line.toString());
      done();
    },
  });
  const ignore = 'pid,hostname';
  return pino({ level }, PinoPretty({ destination, translateTime: 'SYS:HH:MM:ss', ignore }));
}

/**
 * Written at once, so that the last line before an end is there too. A line that cannot be written, on a
 * full disk say, is lost; the exporter goes on.
 */
function write(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    return;
  }
}
