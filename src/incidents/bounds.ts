/** What bounds the memory of incidents. All are chosen; together they keep the list below 2 MB of JSON. */

/** Incidents that are kept. */
export const MAX_INCIDENTS = 100;

/** Of them, those of one cause at one place that have ended: one that comes and goes must not push out all others. */
export const MAX_ALIKE = 10;

/** Samples of an incident from the time while it lasts: as many as `History` tells of the time before. */
export const MAX_LATER_SAMPLES = 60;

/** Other pools that are named. */
export const MAX_OTHERS = 20;

/** An incident that begins again this soon after it ended, in seconds, is the same one: an alert may flap for longer than it fires. */
export const SAME_SECONDS = 600;

/** Characters of a text from outside, such as the name of a process or the evidence that holds it. */
const MAX_TEXT = 400;

/** The text, cut where it is longer than any that is meant to be read. */
export function bounded(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}
