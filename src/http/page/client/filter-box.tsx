import type { VNode } from 'preact';
import { FILTER_HELP } from '../../../answers/overview/filter.ts';

interface FilterBoxProps {
  readonly text: string;
  /** Why the text is not understood; empty where it is. */
  readonly problem: string;
  readonly change: (text: string) => void;
}

/** One box for all views. What is in it stands in the URL. */
export function FilterBox({ text, problem, change }: FilterBoxProps): VNode {
  const isWrong = problem !== '';
  return (
    <div class="filter" role="search">
      <label for="filter">Filter</label>
      <input
        id="filter"
        type="search"
        autoComplete="off"
        spellcheck={false}
        placeholder="dst:db left<1000 /regex/"
        value={text}
        aria-invalid={isWrong}
        aria-describedby="filter-problem"
        onInput={(event) => {
          change(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') change('');
        }}
      />
      <details class="help">
        <summary>Help</summary>
        <FilterHelp />
      </details>
      <p id="filter-problem" role="status" class="filter-problem">
        {isWrong ? `Not applied: ${problem}.` : ''}
      </p>
    </div>
  );
}

function FilterHelp(): VNode {
  return (
    <div class="help-text">
      <p>Words with blanks between; all of them must hold.</p>
      <dl>
        {FILTER_HELP.map(([example, meaning]) => (
          <div key={example}>
            <dt>
              <code>{example}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
