import { type Logger, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { printable, printableJson } from '../answers/printable.ts';
import { LogQueue } from './log-queue.ts';

export interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'pretty';
}

/** A log on standard error, as `--log.level` and `--log.format` say. */
export function createLog({ level, format }: LogOptions): Logger {
  const queue = new LogQueue(openStandardError(), (lines) => {
    log.warn({ lines }, `${lines} log lines lost: standard error did not take them`);
  });
  process.on('exit', () => {
    queue.flush();
  });
  const text = format === 'json' ? printableJson : prettyPrinter();
  const destination = {
    write: (line: string): void => {
      queue.write(text(line));
    },
    flush: (): void => {
      queue.flush();
    },
  };
  const timestamp = pino.stdTimeFunctions.isoTime;
  const log =
    format === 'json'
      ? pino({ level, base: null, timestamp }, destination)
      : pino({ level }, destination);
  return log;
}

/**
 * The descriptor of standard error. Where that is a pipe or a socket, Node.js has made it one that takes what it has room
 * for, and does not wait for its reader, as soon as it is asked for `process.stderr` (`uv_pipe_open` in libuv).
 */
function openStandardError(): number {
  return process.stderr.fd;
}

/** Makes a line for a person of a line of JSON. */
function prettyPrinter(): (line: string) => string {
  const pretty = prettyFactory({ translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' });
  return (line) => pretty(printableValues(JSON.parse(line)));
}

/** A stack keeps its lines: each of the others is one line. */
function printableValues(value: unknown, key = ''): unknown {
  if (typeof value === 'string') {
    return key === 'stack' ? value.split('\n').map(printable).join('\n') : printable(value);
  }
  if (Array.isArray(value)) return value.map((each) => printableValues(each));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, each]) => [
    printable(name),
    printableValues(each, name),
  ]);
  return Object.fromEntries(entries);
}
