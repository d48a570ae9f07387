import type { VNode } from 'preact';
import type { Overview } from '../../../answers/overview/overview.ts';
import { countText } from '../model/format.ts';
import { formatRoute, type Route } from '../model/route.ts';
import { sizeOf, VIEW_TITLES, VIEWS } from '../model/view.ts';

interface TabsProps {
  readonly overview: Overview;
  readonly route: Route;
}

/** The views by question. The filter goes along; what a table is sorted by does not. */
export function Tabs({ overview, route }: TabsProps): VNode {
  return (
    <nav class="views" aria-label="Views">
      <ul>
        {VIEWS.map((view) => (
          <li key={view}>
            <a
              href={formatRoute({ view, id: '', filter: route.filter, sort: undefined })}
              aria-current={route.view === view ? 'page' : undefined}
            >
              {VIEW_TITLES[view]} <span class="count">{countText(sizeOf(view, overview))}</span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
