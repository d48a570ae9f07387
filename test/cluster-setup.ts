import { tell } from './global-setup.ts';
import { CLUSTER_TOOLS } from './support/cluster-tools.ts';
import { SCHEMAS } from './support/manifest-schema.ts';

/** As `global-setup.ts`, for the tests with Helm, kubectl and kustomize. */
export function setup(): void {
  tell([...CLUSTER_TOOLS, SCHEMAS].map(({ reason }) => reason));
}
