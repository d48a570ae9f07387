import type { VNode } from 'preact';
import { NUMBER_FIELDS, TEXT_FIELDS } from '../model/subject.ts';

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
      <p>Words with spaces between; all of them must match. A minus before one turns it round.</p>
      <dl>
        <dt>
          <code>word</code>, <code>"two words"</code>
        </dt>
        <dd>somewhere in the row</dd>
        <dt>
          <code>/regex/</code>
        </dt>
        <dd>a regular expression, somewhere in the row</dd>
        <dt>
          <code>dst:10.0.0.2</code>
        </dt>
        <dd>a text in one field: {TEXT_FIELDS.join(', ')}</dd>
        <dt>
          <code>left&lt;1000</code>, <code>used&gt;80%</code>, <code>time_left&lt;10m</code>
        </dt>
        <dd>a number: {NUMBER_FIELDS.join(', ')}</dd>
      </dl>
    </div>
  );
}
