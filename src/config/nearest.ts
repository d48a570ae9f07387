import leven from 'leven';

/** `; did you mean "…"?` with the candidate that is nearest to `word`; empty where none is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const scored = candidates.map((name) => ({ name, distance: leven(word, name) }));
  const [best] = scored.toSorted((a, b) => a.distance - b.distance);
  // Chosen: two typing errors in a short word, one for each three letters of a long one.
  const isNear = best !== undefined && best.distance <= Math.max(2, word.length / 3);
  return isNear ? `; did you mean "${best.name}"?` : '';
}
