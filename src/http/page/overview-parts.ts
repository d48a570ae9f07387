import type { Overview } from '../../answers/overview/overview.ts';
import { type Html, markup } from './html.ts';
import { countText, durationText } from './model/format.ts';
import { NAMESPACE_COLUMNS, PORT_COLUMNS } from './model/other-columns.ts';
import { POOL_COLUMNS, SHARED_COLUMNS } from './model/pool-columns.ts';
import { wordsOfHealth } from './model/risk-words.ts';
import { sizeOf, VIEW_TITLES, VIEWS } from './model/view.ts';
import { riskPart } from './risk-part.ts';
import { tableParts } from './table-parts.ts';

/** The whole page for a browser without scripts: what the scripts show one at a time stands one below the other. */
export function* overviewParts(overview: Overview): Generator<Html> {
  yield head(overview);
  yield markup`<main id="content">
<section id="risk" aria-labelledby="risk-title"><h2 id="risk-title">At risk</h2>
`;
  if (overview.risks.length === 0) yield markup`<p class="none">Nothing is at risk.</p>`;
  for (const risk of overview.risks) yield riskPart(risk);
  yield markup`</section>
`;
  const { endpoints, omitted_endpoints: omitted, namespaces, ports, shared } = overview;
  const total = endpoints.length + omitted;
  const more =
    total > endpoints.length
      ? `, the first ${countText(endpoints.length)} of ${countText(total)}`
      : '';
  yield* section(
    'endpoints',
    `fullest first${more}`,
    tableParts(endpoints, POOL_COLUMNS, VIEW_TITLES.endpoints),
  );
  yield* section(
    'namespaces',
    'the host first',
    tableParts(namespaces, NAMESPACE_COLUMNS, VIEW_TITLES.namespaces),
  );
  yield* section(
    'ports',
    'what is in trouble first',
    tableParts(ports, PORT_COLUMNS, VIEW_TITLES.ports),
  );
  yield* section('shared', 'fullest first', tableParts(shared, SHARED_COLUMNS, VIEW_TITLES.shared));
  yield markup`</main>
`;
}

function head(overview: Overview): Html {
  const { health, taken_at_seconds: takenAt } = overview;
  const { sign, tone } = wordsOfHealth(health.status);
  const time = new Date(takenAt * 1000).toISOString();
  const links = VIEWS.map(
    (view) =>
      markup`<li><a href="#${view}">${VIEW_TITLES[view]} <span class="count">${countText(sizeOf(view, overview))}</span></a></li>`,
  );
  return markup`<header class="head">
      <h1>Ephemeral ports</h1>
      <p class="when">
        Polled at <time datetime="${time}">${time.slice(11, 19)} UTC</time>, every
        ${durationText(overview.interval_seconds)}
      </p>
    </header>
    <p class="health tone-${tone}">
      <span class="sign" aria-hidden="true">${sign}</span> ${health.sentence}
    </p>
    ${unread(health.unread)}
    <nav class="views" aria-label="Views">
      <ul>
        ${links}
      </ul>
    </nav> `;
}

function unread(sentences: readonly string[]): Html {
  if (sentences.length === 0) return markup``;
  const items = sentences.map((sentence) => markup`<li>${sentence}</li>`);
  return markup`<div class="unread">
    <p>What could not be read:</p>
    <ul>
      ${items}
    </ul>
  </div>`;
}

function* section(
  view: keyof typeof VIEW_TITLES,
  order: string,
  parts: Iterable<Html>,
): Generator<Html> {
  yield markup`<section id="${view}" aria-labelledby="${view}-title">
<h2 id="${view}-title">${VIEW_TITLES[view]} <span class="order">${order}</span></h2>
`;
  yield* parts;
  yield markup`</section>
`;
}
