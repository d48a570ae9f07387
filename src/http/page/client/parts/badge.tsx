import type { VNode } from 'preact';
import type { LevelWords } from '../../model/risk-words.ts';

/** A level as sign, word and colour. */
export function Badge({ words: { sign, word, tone } }: { readonly words: LevelWords }): VNode {
  return (
    <span class={`badge tone-${tone}`}>
      <span class="sign" aria-hidden="true">
        {sign}
      </span>{' '}
      {word}
    </span>
  );
}
