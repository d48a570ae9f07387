import { duration } from '../../src/answers/words.ts';
import { RANGE, SERVICE } from './addresses.ts';
import type { Options } from './options.ts';
import { type Story, TELLERS, WANTED_LEAD_SECONDS } from './timeline.ts';

/** What is said before, and after. */

export function introduction({ leak, churn }: Options): string {
  const ports = RANGE.high - RANGE.low + 1;
  return [
    `A client has ${ports} source ports (${RANGE.low}-${RANGE.high}) to reach a service, ${SERVICE.host}:${SERVICE.port}. Each second it`,
    `leaks ${leak} connections, and opens and closes ${churn}. A closed one holds its port for 60 s (TIME_WAIT), as`,
    'between two hosts. Thresholds and holds are the defaults. To fit into five minutes, polls, scrapes and',
    'evaluations are a second apart, and Alertmanager waits a second before it notifies.',
    '',
  ].join('\n');
}

/** When the warning came, when the first connect was refused, and what is between them. */
export function summary(story: Story): string {
  const { refusal, leadSeconds } = story;
  const refused =
    refusal === undefined ? 'none' : `${moment(story, refusal.time)}  ${refusal.message}`;
  return [
    '',
    ...TELLERS.map((teller) => `Warning, ${teller.padEnd(12)}   ${warning(story, teller)}`),
    `First refused connect   ${refused}`,
    leadSeconds === undefined
      ? 'Lead                    none: one of the two did not come'
      : `Lead                    ${leadSeconds.toFixed(1)} s from Alertmanager's notification to the refusal${verdict(story)}`,
  ].join('\n');
}

function warning(story: Story, teller: (typeof TELLERS)[number]): string {
  const told = story.warned(teller);
  return told === undefined ? 'none' : `${moment(story, told.time)}  ${told.alert}`;
}

function moment(story: Story, time: number): string {
  return `${story.clock(time)}  ${new Date(time).toISOString()}`;
}

function verdict({ inTime }: Story): string {
  return inTime ? '' : `: too little, ${duration(WANTED_LEAD_SECONDS)} are wanted`;
}
