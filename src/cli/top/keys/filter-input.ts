import { parseFilter } from '../../../answers/overview/filter.ts';
import type { Key } from './key.ts';
import type { TopState } from '../state.ts';

/** Chosen: longer than any terminal is wide. */
const MAX_TYPED = 500;

/** A key while the filter `typed` is being typed. */
export function typeKey(state: TopState, typed: string, { name, sequence = '' }: Key): TopState {
  if (name === 'return' || name === 'enter') return accept(state, typed);
  if (name === 'escape') return { ...state, typed: undefined };
  if (name === 'backspace') return { ...state, typed: withoutLast(typed) };
  if (!/^[^\p{Cc}\p{Cf}]+$/u.test(sequence)) return state;
  return { ...state, typed: (typed + sequence).slice(0, MAX_TYPED) };
}

/** One that makes no sense stays to be corrected. */
function accept(state: TopState, typed: string): TopState {
  if ('problem' in parseFilter(typed)) return state;
  return { ...state, filter: typed.trim(), typed: undefined };
}

/** By code points: half a character cannot be drawn. */
function withoutLast(typed: string): string {
  return Array.from(typed).slice(0, -1).join('');
}
