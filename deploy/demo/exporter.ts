import type { Folder } from './folder.ts';
import { EXPORTER } from './addresses.ts';
import { MAIN } from './files.ts';
import type { Program } from './program.ts';
import type { Programs } from './programs.ts';
import type { Labels } from './scenario.ts';

/**
 * Starts the exporter with its default thresholds and holds. Only the polls are more frequent, once a second: the
 * range is so small that it fills within minutes.
 */
export function startExporter(programs: Programs, folder: Folder): Program {
  const config = folder.write('exporter.yaml', { namespaces: { discover: 'off' } });
  return programs.start(
    'exporter',
    process.execPath,
    MAIN,
    `--config.file=${config}`,
    `--web.listen-address=${EXPORTER}`,
    '--poll.interval=1s',
    '--log.format=json',
  );
}

/** An alert that began to fire, from a line of the exporter's log. */
export interface LoggedAlert {
  readonly name: string;
  /** Unix milliseconds. */
  readonly time: number;
  readonly msg: string;
  /** The fields of its line, those of its pool among them. */
  readonly labels: Labels;
}

/** The fields of a log line that the demo reads. */
interface LogLine {
  readonly time: string;
  readonly msg: string;
  readonly alert?: string;
  readonly severity?: string;
  readonly change?: string;
}

/** The alerts that have begun to fire so far, oldest first. A line that is not written to its end yet is left out. */
export function firedAlerts({ log }: Program): readonly LoggedAlert[] {
  const lines = log.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
  return lines
    .map((line) => JSON.parse(line) as LogLine & Labels)
    .filter(({ change }) => change === 'fired')
    .map((line) => ({
      name: `${line.severity ?? ''} ${line.alert ?? ''}`,
      time: Date.parse(line.time),
      msg: line.msg,
      labels: line,
    }));
}
