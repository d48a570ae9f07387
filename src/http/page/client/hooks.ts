import { useEffect, useState } from 'preact/hooks';
import { formatRoute, parseRoute, type Route } from '../model/route.ts';
import type { Feed, FeedState } from './feed.ts';

export function useFeed(feed: Feed): FeedState {
  const [state, setState] = useState(feed.state);
  useEffect(() => {
    const take = (): void => {
      setState(feed.state);
    };
    take();
    return feed.watch(take);
  }, [feed]);
  return state;
}

/** The route in the URL, and what puts another there without a new entry in the browser's history. */
export function useRoute(): readonly [Route, (route: Route) => void] {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const changed = (): void => {
      setRoute(parseRoute(location.hash));
    };
    addEventListener('hashchange', changed);
    return () => {
      removeEventListener('hashchange', changed);
    };
  }, []);
  const replace = (next: Route): void => {
    history.replaceState(null, '', formatRoute(next));
    setRoute(next);
  };
  return [route, replace];
}

/** `12:03:05`, by this browser's clock and time zone. */
export function clockTime(unixMs: number): string {
  return new Date(unixMs).toLocaleTimeString('en-GB');
}
