import { exitNow } from '../../kernel/libc.ts';
import { refuseWords, valueOf } from '../flags/arguments.ts';
import type { CommandCall, CommandOutcome } from '../command.ts';
import { FlagError } from '../flags/flag.ts';
import { chooseFeed } from './feeds/choose-feed.ts';

/** Shows overviews until the user quits. Throws `FlagError`, and `DaemonError` where the named daemon gives none. */
export async function top({ words, values, sampler }: CommandCall): Promise<CommandOutcome> {
  refuseWords(words);
  const iterations = readIterations(valueOf(values, 'iterations'));
  const isJson = values.has('json');
  const { feed, first } = await chooseFeed(values, sampler);
  const isLive = !isJson && iterations === undefined && isTerminal();
  const status = isLive
    ? await (await import('./interactive.ts')).interactive(feed, first)
    : await (await import('./plain.ts')).plain(feed, first, { isJson, iterations });
  // A thread that is stuck in a system call would keep the process.
  if (!(await feed.close())) exitNow(status);
  return { status };
}

/** Whether keys can be read and a screen be drawn. */
function isTerminal(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY && process.env['TERM'] !== 'dumb';
}

function readIterations(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && Number.isSafeInteger(count)) return count;
  throw new FlagError(`--iterations: expected a number from 1 on, found "${text}"`);
}
