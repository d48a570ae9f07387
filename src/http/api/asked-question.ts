import type { Question } from '../../sampler/question.ts';

/** A question, or what is wrong with the request. */
export type AskedQuestion =
  | { readonly ok: true; readonly question: Question }
  | { readonly ok: false; readonly problem: string };
