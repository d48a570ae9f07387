import type { HistoryJson } from '../../answers/explanation/history-json.ts';
import { type Fields, matches } from '../../answers/json-shape.ts';

/** What an answer of `GET /api/v1/explain` says of the past of one endpoint. */
export interface ExplainedPast {
  readonly netns: string;
  readonly ns_inode: string;
  readonly local_address: string;
  readonly outcome?: string;
  readonly history: HistoryJson | null;
}

const HISTORY: Fields = {
  followed_seconds: 'number',
  usage_ratio_peak: 'number',
  held_per_second: 'number or null',
  time_to_exhaustion_seconds: 'number or absent',
  opens: 'number',
  samples: [
    {
      at_seconds: 'number',
      held: 'number',
      established: 'number',
      syn_sent: 'number',
      time_wait: 'number',
      close_wait: 'number',
    },
  ],
};

/** The endpoints of an answer; undefined where it is another program's. */
export function asExplained(answer: unknown): readonly ExplainedPast[] | undefined {
  const shape = {
    netns: 'text',
    ns_inode: 'text',
    local_address: 'text',
    outcome: 'text or absent',
  } as const;
  if (!matches(answer, { endpoints: [shape] })) return undefined;
  const { endpoints } = answer as { readonly endpoints: readonly ExplainedPast[] };
  const isGood = ({ history }: ExplainedPast): boolean =>
    history === null || matches(history, HISTORY);
  return endpoints.every(isGood) ? endpoints : undefined;
}
