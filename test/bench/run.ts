import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Namespace } from './namespace.ts';
import { Grounds } from './grounds.ts';
import type { Question } from './question.ts';
import { questions } from './questions.ts';
import { keep, writeReadme } from './report.ts';
import { type Source, SOURCES } from './source.ts';

/** `npm run bench`: asks the questions one after the other and writes the table. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      source: { type: 'string' },
      list: { type: 'boolean' },
    },
  });
  const all = questions(sourceNamed(values.source));
  const asked = all.filter((question) => isAsked(question, values.only));
  if (values.list) console.log(all.map(({ id }) => id).join('\n'));
  else await ask(all, asked);
}

function sourceNamed(name: string | undefined): Source | undefined {
  const known = SOURCES.find((source) => source === name);
  if (name === undefined || known !== undefined) return known;
  throw new Error(`--source: expected ${SOURCES.join(' or ')}, found "${name}"`);
}

function isAsked({ id, source }: Question, only: readonly string[] = ['']): boolean {
  const prefixes = only.flatMap((each) => each.split(','));
  const has = (known: Source): boolean => SOURCES.includes(known);
  return (source === undefined || has(source)) && prefixes.some((prefix) => id.startsWith(prefix));
}

async function ask(all: readonly Question[], asked: readonly Question[]): Promise<void> {
  mkdirSync('.cache/bench', { recursive: true });
  if (asked.length === 0) throw new Error('--only: no question that this build can answer');
  for (const { prepare } of asked) prepare?.();
  requireNamespaces();
  const grounds = new Grounds();
  for (const [index, question] of asked.entries()) {
    console.log(`${index + 1} of ${asked.length}: ${question.id}: ${question.question}`);
    const answer = await question.answer(grounds);
    const { measured, ratio, reached } = answer;
    const verdict = reached ? 'reached' : 'NOT reached';
    console.log(`  ${measured} ${ratio} (wanted ${question.wanted}: ${verdict})`);
    keep(question, answer);
    await writeReadme(all);
  }
  await grounds.close();
}

function requireNamespaces(): void {
  try {
    Namespace.enterNew().close();
  } catch (cause) {
    throw new Error('the benchmarks need network namespaces: run them as root', { cause });
  }
}

await main();
