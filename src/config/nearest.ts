import leven from 'leven';

/** `; did you mean "…"?` with the candidate nearest to `word`, or nothing where none is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const scored = candidates.map((name) => ({ name, distance: leven(word, name) }));
  const [best] = scored.toSorted((a, b) => a.distance - b.distance);
  const isNear = best !== undefined && best.distance <= Math.max(2, word.length / 3);
  return isNear ? `; did you mean "${best.name}"?` : '';
}
