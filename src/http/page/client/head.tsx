import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Overview } from '../../../answers/overview/overview.ts';
import { printable } from '../../../answers/printable.ts';
import { durationText } from '../model/format.ts';
import { wordsOfHealth } from '../model/risk-words.ts';
import type { FeedState } from './feed.ts';
import { clockTime } from './hooks.ts';

/** The first line: is this node healthy, and how old is what is said. */
export function Head({ state }: { readonly state: FeedState }): VNode {
  const { overview } = state;
  return (
    <>
      <header class="head">
        <a class="skip" href="#content" onClick={focusContent}>
          Skip to the content
        </a>
        <h1>
          Ephemeral ports <span class="host">{location.hostname}</span>
        </h1>
        {overview === undefined ? null : <When overview={overview} isOld={state.problem !== ''} />}
      </header>
      <Stale state={state} />
      {overview === undefined ? null : <Health {...overview.health} />}
    </>
  );
}

function When({
  overview,
  isOld,
}: {
  readonly overview: Overview;
  readonly isOld: boolean;
}): VNode {
  const { taken_at_seconds: takenAt, interval_seconds: interval } = overview;
  return (
    <p class="when">
      <span class={isOld ? 'pulse old' : 'pulse'} aria-hidden="true" />
      Polled at{' '}
      <time dateTime={new Date(takenAt * 1000).toISOString()}>{clockTime(takenAt * 1000)}</time>,
      every {durationText(interval)}
    </p>
  );
}

function Health({ status, sentence, unread }: Overview['health']): VNode {
  const { sign, tone } = wordsOfHealth(status);
  return (
    <section aria-label="Health">
      <p class={`health tone-${tone}`} role="status">
        <span class="sign" aria-hidden="true">
          {sign}
        </span>{' '}
        {printable(sentence)}
      </p>
      {unread.length === 0 ? null : (
        <div class="unread">
          <p>What could not be read:</p>
          <ul>
            {unread.map((text) => (
              <li key={text}>{printable(text)}</li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

/** Says since when what is shown is old, and how old it is by now. */
function Stale({ state }: { readonly state: FeedState }): VNode {
  const { overview, problem, problemSinceMs } = state;
  const isOld = problem !== '';
  const nowMs = useSeconds(isOld);
  if (!isOld) return <div role="status" />;
  const shown =
    overview === undefined
      ? ''
      : ` What is shown is from ${clockTime(overview.taken_at_seconds * 1000)}.`;
  return (
    <div role="status" class="stale">
      <p>
        {printable(problem)}, since {clockTime(problemSinceMs)}.{shown}
      </p>
      {/* Not read out each second. */}
      <p aria-hidden="true" class="stale-age">
        For {durationText((nowMs - problemSinceMs) / 1000)} by now. It is asked again by itself.
      </p>
    </div>
  );
}

/** This browser's time, each second while it is wanted. */
function useSeconds(isWanted: boolean): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    if (!isWanted) return undefined;
    const tick = (): void => {
      setNowMs(Date.now());
    };
    tick();
    const timer = setInterval(tick, 1000);
    return () => {
      clearInterval(timer);
    };
  }, [isWanted]);
  return nowMs;
}

/** The link's own target would take the place of the view in the URL. */
function focusContent(event: Event): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}
