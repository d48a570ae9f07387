import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { resolve } from 'node:path';
import { format } from 'prettier';
import type { Answer, Question } from './question.ts';

/** Where the answers are kept, one file per question, so that a run of a few leaves the others be. */
const RESULTS = resolve('.cache/bench');
const README = resolve('test/bench/README.md');

interface Machine {
  readonly kernel: string;
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
}

interface Result extends Answer {
  readonly question: string;
  readonly machine: Machine;
  readonly date: string;
}

/** Keeps an answer, with where and when it was found. */
export function keep({ id, question }: Question, answer: Answer): void {
  const date = new Date().toISOString().slice(0, 10);
  const result: Result = { ...answer, question, machine: thisMachine(), date };
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(pathOf(id), `${JSON.stringify(result, undefined, 2)}\n`);
}

/** Writes the table of all questions, from the answers that were found on this machine. */
export async function writeReadme(questions: readonly Question[]): Promise<void> {
  const rows = questions.map((question) => [question, readResult(question)] as const);
  const lines = rows.map(([question, result]) => row(question, result));
  const dates = rows.flatMap(([, result]) => result?.date ?? []).toSorted();
  writeFileSync(README, await format(page(lines, dates), { parser: 'markdown' }));
}

function pathOf(id: string): string {
  return resolve(RESULTS, `${id}.json`);
}

/** What another kernel, another Node.js or another source answered does not belong beside the rest. */
function readResult({ id, question }: Question): Result | undefined {
  try {
    const result = JSON.parse(readFileSync(pathOf(id), 'utf8')) as Result;
    const sameMachine = JSON.stringify(result.machine) === JSON.stringify(thisMachine());
    return sameMachine && result.question === question ? result : undefined;
  } catch {
    return undefined;
  }
}

function row({ id, question, wanted }: Question, result: Result | undefined): string {
  const { measured = 'not measured', ratio = '', reached } = result ?? {};
  const verdict = reached === undefined ? '' : reached ? 'yes' : 'no';
  return `| \`${id}\` | ${question} | ${measured} | ${ratio} | ${wanted} | ${verdict} |`;
}

function thisMachine(): Machine {
  const cores = cpus();
  const cpu = cores[0]?.model ?? 'unknown';
  return { kernel: release(), cpu, cores: cores.length, node: process.version };
}

function page(rows: readonly string[], dates: readonly string[]): string {
  const { kernel, cpu, cores, node } = thisMachine();
  const [first = '', last = ''] = [dates[0], dates.at(-1)];
  return `# Benchmarks

\`sudo npm run bench\` asks these questions in network namespaces of its own, with real sockets, and
writes this page. \`npm run bench -- --only=poll-100k,start\` asks those whose name begins so;
\`--list\` names them all; \`--source=proc\` makes the daemons, and the polls beside other programs, use
that source instead of the best.

Linux ${kernel}, ${cpu}, ${cores} cores, Node.js ${node}, ${first === last ? first : `${first} to ${last}`}.

| name | question | measured | ratio | wanted | reached |
|---|---|---|---|---|---|
${rows.join('\n')}

Sockets are counted at both ends: 800k sockets are 400,000 connections within one namespace, whose far
ends are at ports below the range. \`A : B\` are medians of seven rounds A B A B… after two that do not
count (\`netns-250-ratio\`: three rounds; \`netns-250-beyond\`: 24, which are two minutes of polls).
There are three runs, each with new processes; the one with the median ratio is shown. A poll and its
floor are measured in one process.
Where there are many namespaces or processes, they are the only ones in sight: those of the machine are
in another pid namespace. There the clock is put forward by the 5 s between two polls, so that what is
done once in a while is done as often as in a daemon; \`discovery\` is the median of 20 such minutes, and
\`netns-idle\` the difference between six such hours with the namespace and six without. Memory is the median of three runs, in MB of 1,000,000 bytes. A p99
is the median of three runs of 20 s.
`;
}
