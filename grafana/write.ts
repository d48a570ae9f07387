import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboards } from './dashboards.ts';

/** `npm run grafana`: writes the dashboards' JSON. Runs in the root of the checkout. */
for (const [name, text] of Object.entries(dashboards())) {
  writeFileSync(join('grafana', 'dashboards', name), text);
}
