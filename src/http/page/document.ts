import type { Overview } from '../../answers/overview/overview.ts';
import type { Assets } from './assets.ts';
import { type Html, markup } from './html.ts';
import { overviewParts } from './overview-parts.ts';

/** What a page needs beside the overview. */
export interface DocumentOptions {
  readonly version: string;
  /** Before each path in a link; empty where there is none. */
  readonly linkPrefix: string;
  readonly telemetryPath: string;
  readonly assets: Assets;
}

/** How often a browser without scripts asks again while there is nothing to show, in seconds. */
const RETRY_SECONDS = 5;

/** The page as HTML, in parts, so that whoever renders it can let other work come between. */
export function* documentParts(
  options: DocumentOptions,
  overview: Overview | undefined,
): Generator<Html> {
  const { linkPrefix, telemetryPath, version } = options;
  const refresh = Math.max(1, Math.ceil(overview?.interval_seconds ?? RETRY_SECONDS));
  yield markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Ephemeral ports</title>
${assetLinks(options)}
<noscript><meta http-equiv="refresh" content="${refresh}"></noscript>
</head>
<body data-prefix="${linkPrefix}">
<div id="page">
`;
  if (overview === undefined) yield NOTHING_YET;
  else yield* overviewParts(overview);
  yield markup`</div>
<footer class="foot">
<p>Version ${version} · <a href="${linkPrefix}${telemetryPath}">Metrics</a> ·
<a href="${linkPrefix}/api/v1/overview">This page as JSON</a> ·
<a href="${linkPrefix}/api/v1/snapshot">Everything of the last poll as JSON</a> ·
<a href="${linkPrefix}/-/healthy">Health</a> · <a href="${linkPrefix}/-/ready">Readiness</a></p>
</footer>
</body>
</html>
`;
}

const NOTHING_YET = markup`<main id="content">
  <header class="head"><h1>Ephemeral ports</h1></header>
  <p class="health tone-unknown">? No good poll yet, or the last one is too old: see the log.</p>
</main> `;

function assetLinks({ assets, linkPrefix }: DocumentOptions): Html {
  const { script, style, icon } = assets;
  if (script === undefined || style === undefined || icon === undefined) return markup``;
  const base = `${linkPrefix}/assets/`;
  return markup`<link rel="icon" href="${base}${icon}" type="image/svg+xml" />
    <link rel="stylesheet" href="${base}${style}" />
    <script type="module" src="${base}${script}"></script>`;
}
