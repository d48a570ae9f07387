import type { EndpointQuestion } from '../answers/explanation/endpoint-question.ts';
import type { ChangedSettings } from '../answers/explanation/what-if.ts';

/**
 * What the sampler's thread, which has everything that the latest poll found, can be asked between two polls. Plain data, because
 * it goes from thread to thread.
 */
export type Question =
  | { readonly about: 'snapshot' }
  /** With `maxEndpoints` at most; without, as many as an overview has. */
  | { readonly about: 'overview'; readonly maxEndpoints?: number }
  | ExplainQuestion
  | PortQuestion;

/** What connect() to a destination meets. */
export interface ExplainQuestion extends NamespaceNames {
  readonly about: 'explain';
  readonly endpoint: EndpointQuestion;
  /** Settings by which it is counted too. */
  readonly changes: ChangedSettings | undefined;
}

/** Who has a local port. */
export interface PortQuestion extends NamespaceNames {
  readonly about: 'port';
  readonly port: number;
}

/** Which network namespaces are meant; undefined: all. */
interface NamespaceNames {
  readonly netns: string | undefined;
  readonly pod: string | undefined;
}

/** JSON in UTF-8, or why the question has no answer. */
export type Answer =
  | { readonly ok: true; readonly json: Uint8Array<ArrayBuffer> }
  | {
      readonly ok: false;
      /** That of HTTP: what is asked about is not there, or could not be read. */
      readonly status: 404 | 503;
      readonly problem: string;
    };

/** Whether there are few questions of the kind, so that each answer can be kept however many others are asked. */
export function isOfFew({ about }: Question): boolean {
  return about === 'snapshot' || about === 'overview';
}

/** Tells questions apart whose answers differ within one poll. */
export function questionKey(question: Question): string {
  return JSON.stringify(question);
}
