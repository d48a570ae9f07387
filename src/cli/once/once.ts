import { sourceNote } from '../../answers/source-words.ts';
import { KernelError } from '../../kernel/kernel-error.ts';
import { MetricsPage } from '../../metrics/page.ts';
import type { RemoteNames } from '../../config/remote-names.ts';
import type { SelfStatus } from '../../metrics/self-families.ts';
import type { PollOptions } from '../../sampler/poll.ts';
import { addMalformedRows, type SamplerStatus } from '../../sampler/sampler.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { type OnePoll, onePoll } from '../one-poll.ts';
import { renderTable } from './table.ts';

export interface OnceOptions {
  readonly poll: PollOptions;
  readonly format: 'metrics' | 'table';
  readonly names: RemoteNames;
  /** The state of the exporter itself after the poll. */
  readonly status: (sampler: SamplerStatus) => SelfStatus;
}

/** The outcome of one poll. */
export interface OnceOutcome {
  readonly text: string;
  /** Why the poll failed. */
  readonly problem?: string;
  /** What the text does not say, and somebody should know. */
  readonly warning?: string;
}

/** Polls once. Returns what to print, or the problem of a poll that failed. */
export async function pollOnce(options: OnceOptions): Promise<OnceOutcome> {
  try {
    const poll = onePoll(options.poll);
    const { snapshot } = poll;
    const text = await render(poll, options);
    return { text, ...(isFallbackUnsaid(snapshot, options) && { warning: sourceNote(snapshot) }) };
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return { text: '', problem: error.message };
  }
}

/** The table says it, the metrics only say which source was read. */
function isFallbackUnsaid({ fallbackReason }: Snapshot, { format }: OnceOptions): boolean {
  return format === 'metrics' && fallbackReason !== '';
}

async function render({ snapshot, details }: OnePoll, options: OnceOptions): Promise<string> {
  const { names } = options;
  if (options.format === 'table') return renderTable(details(), names);
  const page = new MetricsPage({
    names: () => names,
    snapshot: () => snapshot,
    latestPoll: () => snapshot,
    status: () => options.status(statusAfter(snapshot)),
  });
  return (await page.current()).text.toString();
}

function statusAfter(snapshot: Snapshot): SamplerStatus {
  const lastPoll = { ok: true, snapshot, skippedPolls: 0 } as const;
  const malformedRows = addMalformedRows(new Map(), snapshot);
  return { snapshot, lastPoll, malformedRows, skippedPolls: 0, isOverdue: false };
}
