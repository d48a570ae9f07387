import type { Faults } from './faults.ts';
import type { Findings } from './findings.ts';
import type { Oracle } from './oracle.ts';
import type { Scrapes } from './scrapes.ts';
import type { Tenants } from './tenants.ts';
import type { Vitals } from './vitals.ts';

export interface Run {
  readonly seconds: number;
  readonly seed: number;
  readonly scrapes: Scrapes;
  readonly oracle: Oracle;
  readonly tenants: Tenants;
  readonly faults: Faults;
  readonly vitals: Vitals;
  readonly findings: Findings;
  readonly promtoolRuns: number;
}

/** The tables of a run in Markdown, for the README of this folder. */
export function report(run: Run): string {
  const { findings } = run;
  const found = findings.isEmpty ? 'Nothing was found.' : findings.all.map(item).join('\n');
  return [table('what', 'how often or much', figures(run)), vitalsTable(run.vitals), found].join(
    '\n\n',
  );
}

function figures(run: Run): readonly (readonly [string, string | number])[] {
  const { scrapes, oracle, tenants, faults } = run;
  return [
    ['time', `${Math.round(run.seconds)} s, seed ${run.seed}`],
    ['namespaces that came, that went', `${tenants.begun}, ${tenants.ended}`],
    ['of these ended at whatever moment', tenants.killed],
    ['rounds of opening and closing sockets', tenants.steps],
    ['comparisons with the kernel, numbers in them', `${oracle.comparisons}, ${oracle.numbers}`],
    ['left out: shown too late, or too old', oracle.leftOut],
    [
      'connects where programs bind first: numbers, not equal, by how much at most',
      `${oracle.binderNumbers}, ${oracle.bindersOff}, ${oracle.mostBindersOff}`,
    ],
    ['answers of `/metrics`, all parsed; by promtool', `${scrapes.answers}; ${run.promtoolRuns}`],
    ['polls seen', scrapes.polls],
    ['longest wait for an answer', `${Math.round(scrapes.slowestMs)} ms`],
    ['longest time between two polls', `${scrapes.longestGapSeconds.toFixed(1)} s`],
    ['oldest numbers shown', `${scrapes.oldestSeconds.toFixed(1)} s`],
    ['largest page', `${Math.ceil(scrapes.largestBytes / 1024)} KiB`],
    ['most namespaces, most endpoints', `${scrapes.mostNamespaces}, ${scrapes.mostEndpoints}`],
    ...[...faults.counts].toSorted(([a], [b]) => a.localeCompare(b)),
  ];
}

function vitalsTable(vitals: Vitals): string {
  const rows = vitals.compared().map(({ name, unit, allowed, ...values }) => {
    const text = (value: number): string => `${Math.round(10 * value) / 10} ${unit}`.trim();
    const { first, last, lowest, highest } = values;
    return `| ${name} | ${text(first)} | ${text(last)} | ${text(allowed)} | ${text(lowest)} to ${text(highest)} |`;
  });
  const head = '| of the daemon | first tenth | last tenth | may grow by | from least to most |';
  return [head, '|---|---|---|---|---|', ...rows].join('\n');
}

function table(
  left: string,
  right: string,
  rows: readonly (readonly [string, string | number])[],
): string {
  const lines = rows.map(([what, value]) => `| ${what} | ${value} |`);
  return [`| ${left} | ${right} |`, '|---|---|', ...lines].join('\n');
}

function item(finding: string): string {
  return `- ${finding}`;
}
