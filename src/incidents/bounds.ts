/** What bounds the memory of incidents. All are chosen; together they keep the list below 2 MB of JSON. */

/** Incidents that are kept. */
export const MAX_INCIDENTS = 100;

/** Of them, those of one cause at one place that have ended: one that comes and goes must not push out all others. */
export const MAX_ALIKE = 10;

/** Samples of an incident from the time while it lasts, beside those that `History` tells of the time before. */
export const MAX_LATER_SAMPLES = 40;

/** Other pools that are named. */
export const MAX_OTHERS = 20;

/** An incident that begins again this soon after it ended, in seconds, is the same one: an alert may flap for longer than it fires. */
export const SAME_SECONDS = 600;

/** Characters of a sentence that holds names from outside, and of such a name. */
const [MAX_TEXT, MAX_NAME] = [400, 100];

/** The text, cut where it is longer than any that is meant to be read. */
export function bounded(text: string, most = MAX_TEXT): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

export function boundedName(name: string): string {
  return bounded(name, MAX_NAME);
}
