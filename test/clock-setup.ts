import { tell } from './global-setup.ts';
import { CLUSTER_TOOLS } from './support/cluster-tools.ts';
import { SCHEMAS } from './support/manifest-schema.ts';
import { MONITORING } from './support/monitoring.ts';

/** As `global-setup.ts`, for what `npm test` does not ask: Prometheus 3, Helm, kubectl and kustomize. */
export function setup(): void {
  tell([...MONITORING, ...CLUSTER_TOOLS, SCHEMAS].map(({ reason }) => reason));
}
