import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { resolve } from 'node:path';
import { format } from 'prettier';
import { type EarlierRow, earlierRows, elsewhereLines } from './earlier.ts';
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

/**
 * Writes the table of all questions, from the answers that were found on this machine. A row that has none
 * stays as the page has it, with the machine that it is from, unless the question has changed.
 */
export async function writeReadme(questions: readonly Question[]): Promise<void> {
  const earlier = earlierRows(readFileSync(README, 'utf8'));
  const rows = questions.map((question) => [question, readResult(question)] as const);
  const kept = new Map(
    rows.flatMap(([{ id, question }, result]) => {
      const row = earlier.get(id);
      return result === undefined && row?.question === question ? [[id, row] as const] : [];
    }),
  );
  const lines = rows.map(([question, result]) => row(question, result, kept.get(question.id)));
  const dates = rows.flatMap(([, result]) => result?.date ?? []).toSorted();
  const text = page(lines, elsewhereLines(kept), dates);
  writeFileSync(README, await format(text, { parser: 'markdown' }));
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

function row(
  { id, question, wanted }: Question,
  result: Result | undefined,
  kept: EarlierRow | undefined,
): string {
  const { measured = 'not measured', ratio = '' } = result ?? kept ?? {};
  const verdict = result === undefined ? (kept?.reached ?? '') : result.reached ? 'yes' : 'no';
  return `| \`${id}\` | ${question} | ${measured} | ${ratio} | ${wanted} | ${verdict} |`;
}

function thisMachine(): Machine {
  const cores = cpus();
  const cpu = cores[0]?.model ?? 'unknown';
  return { kernel: release(), cpu, cores: cores.length, node: process.version };
}

function page(
  rows: readonly string[],
  elsewhere: readonly string[],
  dates: readonly string[],
): string {
  const { kernel, cpu, cores, node } = thisMachine();
  const [first = '', last = ''] = [dates[0], dates.at(-1)];
  return `# Benchmarks

\`sudo npm run bench\` asks these questions in network namespaces of its own, with real sockets, and
writes this page. \`npm run bench -- --only=poll-100k,start\` asks those whose name begins so;
\`--list\` names them all; \`--source=proc\` makes the daemons, and the polls beside other programs, use
that source instead of the best. Rows that are not asked stay as they are.

Linux ${kernel}, ${cpu}, ${cores} cores, Node.js ${node}, ${first === last ? first : `${first} to ${last}`}.

| name | question | measured | ratio | wanted | reached |
|---|---|---|---|---|---|
${rows.join('\n')}

${[...elsewhere, ''].join('\n\n')}Sockets are counted at both ends: 800k sockets are 400,000 connections within one namespace, whose far
ends are at ports below the range. \`A : B\` are medians of seven rounds A B A B… after two that do not
count (\`netns-250-ratio\`: three rounds; \`netns-250-beyond\`: 24, which are two minutes of polls).
There are three runs, each with new processes; the one with the median ratio is shown. A poll and its
floor are measured in one process (\`cpu\`: in one each).
Where there are many namespaces or processes, they are the only ones in sight: those of the machine are
in another pid namespace. There the clock is put forward by the 5 s between two polls, so that what is
done once in a while is done as often as in a daemon; \`discovery\` is the median of 20 such minutes, and
\`netns-idle\` the difference between six such hours with the namespace and six without. Memory is the median of three runs, in MB of 1,000,000 bytes. A p99
is the median of three runs of 20 s. Those of \`scrape-50\` and \`scrape-200\` take turns with runs against a server that does
nothing but send as many bytes. The sockets beside them are in flight between two others (\`SCM_RIGHTS\`), so that no process lists them: on some machines a program of their own goes through the open files of all
processes again and again, and would keep a processor from who scrapes.

The busy namespaces of \`crowd-proc\`, \`memory-crowd\` and \`held\` are a procfs of files, so that what is
measured is the exporter's alone; there the ratio of the polls counts. Those of \`crowd-netlink\` are real,
each with its connections on its loopback device. The kernel goes through the sockets of all namespaces
once for each namespace that is dumped (\`inet_diag_dump_icsk\`), whoever asks, so that 30 namespaces cost
it 30 such walks and no program can avoid them: there the polls count less their floors, and the ratio of the
polls themselves stands beside it in the row. The crowd and the one namespace are open one after the
other, as each would be walked past for the other's sake. These two, \`history\`, \`held\` and \`cpu\` are CPU
times, so that other work on the machine is not in them; where it says "by the clock" it is. \`cpu\` is that of
the built daemon, all threads and the garbage collector included, from one poll's result to the next, after 210 s in which Node.js compiles and the
first search for owners ends; it does not look for namespaces there. Its floor is asked between two polls. \`held\` is the median over 30 polls of the longest time that the main thread of
the built daemon does not come round to its event loop while it takes in a poll's result.
`;
}
