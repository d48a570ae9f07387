import type { Folder } from './folder.ts';
import { EXPORTER, MAIN } from './addresses.ts';
import type { Program } from './program.ts';
import type { Programs } from './programs.ts';

/** The exporter with its own thresholds and holds. Polls are a second apart, for the range is small. */
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

/** An alert that began to fire, as the exporter logs it. */
export interface LoggedAlert {
  readonly name: string;
  /** Milliseconds. */
  readonly time: number;
  readonly msg: string;
}

interface LogLine {
  readonly time: string;
  readonly msg: string;
  readonly alert?: string;
  readonly severity?: string;
  readonly change?: string;
}

/** The alerts that have fired so far, in order. */
export function firedAlerts({ log }: Program): readonly LoggedAlert[] {
  const lines = log.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
  return lines
    .map((line) => JSON.parse(line) as LogLine)
    .filter(({ change }) => change === 'fired')
    .map(({ time, msg, alert = '', severity = '' }) => ({
      name: `${severity} ${alert}`,
      time: Date.parse(time),
      msg,
    }));
}
