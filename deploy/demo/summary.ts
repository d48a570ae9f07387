import { duration } from '../../src/answers/words.ts';
import { RANGE, SERVICE } from './addresses.ts';
import type { Options } from './options.ts';
import { type Scenario, scenarioOf } from './scenario.ts';
import { type Timeline, SOURCES, WANTED_LEAD_SECONDS } from './timeline.ts';

/** Texts that are printed before and after a run. */

/** What the demo will do. */
export function introduction(options: Options): string {
  const { leak, churn } = options;
  const ports = RANGE.high - RANGE.low + 1;
  return [
    `A client has ${ports} source ports (${RANGE.low}-${RANGE.high}) to reach a service, ${SERVICE.host}:${SERVICE.port}. Each second it`,
    `leaks ${leak} connections, and opens and closes ${churn}. A closed one holds its port for 60 s (TIME_WAIT), as`,
    'between two hosts. Thresholds and holds are the defaults. To fit into five minutes, polls, scrapes and',
    'evaluations are a second apart, and Alertmanager waits a second before it notifies.',
    ...about(scenarioOf(options)),
    '',
  ].join('\n');
}

/** What is different where the client binds first. */
function about({ localAddress }: Scenario): readonly string[] {
  if (localAddress === undefined) return [];
  return [
    '',
    `The client binds ${localAddress} before it connects. So bind() chooses the ports: all its connections share those of`,
    'this address, whatever their destinations, and each is lost to every connect() of the namespace.',
  ];
}

/** When the warning came at each source, when the first call was refused, and the time between them. */
export function summary(timeline: Timeline, { call }: Scenario): string {
  const { refusal, leadSeconds } = timeline;
  const refused =
    refusal === undefined ? 'none' : `${moment(timeline, refusal.time)}  ${refusal.message}`;
  return [
    '',
    ...SOURCES.map((source) => `Warning, ${source.padEnd(12)}   ${warning(timeline, source)}`),
    `${`First refused ${call}`.padEnd(24)}${refused}`,
    leadSeconds === undefined
      ? 'Lead                    none: one of the two did not come'
      : `Lead                    ${leadSeconds.toFixed(1)} s from Alertmanager's notification to the refusal${verdict(timeline)}`,
  ].join('\n');
}

function warning(timeline: Timeline, source: (typeof SOURCES)[number]): string {
  const seen = timeline.firstWarning(source);
  return seen === undefined ? 'none' : `${moment(timeline, seen.time)}  ${seen.alert}`;
}

function moment(timeline: Timeline, time: number): string {
  return `${timeline.clock(time)}  ${new Date(time).toISOString()}`;
}

function verdict({ inTime }: Timeline): string {
  return inTime ? '' : `: too little, ${duration(WANTED_LEAD_SECONDS)} are wanted`;
}
