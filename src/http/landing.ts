/** What the landing page shows. */
export interface Landing {
  readonly version: string;
  /** Before each path in a link; empty where there is none. */
  readonly prefix: string;
  readonly telemetryPath: string;
  readonly ready: boolean;
}

/** The text of the page's style element. */
export const LANDING_STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
  code { background: #8882; padding: 0 .2em; }
`;

/** A plain page with the links that a person needs. */
export function landingPage({ version, prefix, telemetryPath, ready }: Landing): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Ephemeral port exporter</title>
<style>${LANDING_STYLE}</style>
<h1>Ephemeral port exporter</h1>
<p>Which remote endpoints use up this host's source ports, and how many are left.
<p>Version ${version}. ${ready ? 'The last poll is good.' : '<strong>No good poll lately: see the log.</strong>'}
<ul>
  <li><a href="${prefix}${telemetryPath}">Metrics</a> for Prometheus
  <li><a href="${prefix}/api/v1/snapshot">Snapshot</a>: everything the last poll found, as JSON
  <li><a href="${prefix}/-/healthy">Health</a> and <a href="${prefix}/-/ready">readiness</a>
</ul>
<p>By hand: <code>ephemeral-port-exporter --once --once.format=table</code>
</html>
`;
}
