import type { VNode } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { parseFilter } from '../../../answers/overview/filter.ts';
import type { Overview } from '../../../answers/overview/overview.ts';
import type { Route } from '../model/route.ts';
import { VIEW_TITLES } from '../model/view.ts';
import { Patterns } from './parts/bar.tsx';
import type { Feed } from './feed.ts';
import { FilterBox } from './filter-box.tsx';
import { Head } from './head.tsx';
import { useFeed, useRoute } from './hooks.ts';
import { PoolDetail } from './detail/pool-detail.tsx';
import { Tabs } from './tabs.tsx';
import { ViewOf } from './view-of.tsx';

/** The whole page, from the latest overview and the URL. */
export function App({ feed, prefix }: { readonly feed: Feed; readonly prefix: string }): VNode {
  const state = useFeed(feed);
  const [route, replace] = useRoute();
  const { overview } = state;
  useTitle(route, overview);
  return (
    <>
      <Patterns />
      <Head state={state} />
      {overview === undefined ? null : (
        <Body overview={overview} route={route} replace={replace} prefix={prefix} />
      )}
    </>
  );
}

interface BodyProps {
  readonly overview: Overview;
  readonly route: Route;
  readonly replace: (route: Route) => void;
  readonly prefix: string;
}

function Body({ overview, route, replace, prefix }: BodyProps): VNode {
  const filter = useMemo(() => parseFilter(route.filter), [route.filter]);
  return (
    <>
      <div class="bar-of-tools">
        <Tabs overview={overview} route={route} />
        <FilterBox
          text={route.filter}
          problem={'problem' in filter ? filter.problem : ''}
          change={(text) => {
            replace({ ...route, filter: text });
          }}
        />
      </div>
      <main id="content" tabIndex={-1}>
        {route.id === '' ? (
          <ViewOf overview={overview} route={route} filter={filter} replace={replace} />
        ) : (
          <PoolDetail key={route.id} overview={overview} route={route} prefix={prefix} />
        )}
      </main>
    </>
  );
}

const SIGNS = { ok: '', unknown: '? ', warning: '▲ ', critical: '■ ' } as const;

/** So that a tab among others tells how the node is. */
function useTitle({ view, id }: Route, overview: Overview | undefined): void {
  const what = id === '' ? VIEW_TITLES[view] : id;
  const sign = overview === undefined ? '' : SIGNS[overview.health.status];
  useEffect(() => {
    document.title = `${sign}${what} · Ephemeral ports`;
  }, [sign, what]);
}
