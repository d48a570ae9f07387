import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';

export interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'pretty';
}

/** A log on standard error, as `--log.level` and `--log.format` say. */
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
 * Writes synchronously, so that the last line before the process ends is not lost. A line that cannot be written, as on
 * a full disk, is dropped.
 */
function write(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    return;
  }
}
