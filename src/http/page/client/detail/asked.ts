import { useEffect, useState } from 'preact/hooks';

/** The exporter grants one such question a second to all viewers together. In milliseconds. */
const SPACING_MS = 5000;

/** The latest answer of a path of the API, asked again and again while it is shown; undefined where there is none yet. */
export function useAsked(url: string | undefined, spacingMs = SPACING_MS): unknown {
  const [answer, setAnswer] = useState<unknown>(undefined);
  useEffect(() => {
    if (url === undefined) return undefined;
    const aborted = new AbortController();
    const ask = (): void => {
      if (document.visibilityState === 'hidden') return;
      // What is refused for once leaves what was known.
      answerOf(url, aborted.signal).then(setAnswer, () => undefined);
    };
    ask();
    const timer = setInterval(ask, spacingMs);
    return () => {
      clearInterval(timer);
      aborted.abort();
    };
  }, [url, spacingMs]);
  return answer;
}

async function answerOf(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}
