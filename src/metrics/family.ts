import type { Labels, Sample } from './snapshot-metric.ts';

/** A metric family as a row of a table: its text, without the common prefix. */
export interface FamilyText {
  /** Without the common prefix. */
  readonly name: string;
  readonly help: string;
  /** A gauge where absent. */
  readonly type?: 'counter';
}

/** A sample before it gets the labels of its namespace or endpoint. */
export type Point = Pick<Sample, 'value' | 'labels'>;

/** One sample, for families that have no labels of their own or a single set of them; none where it is not known. */
export const one = (value: number | undefined, labels?: Labels): readonly Point[] => {
  if (value === undefined) return [];
  return [labels === undefined ? { value } : { value, labels }];
};
