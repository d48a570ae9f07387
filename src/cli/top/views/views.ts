import { NAMESPACES_VIEW } from './namespaces-view.ts';
import { ENDPOINTS_VIEW, SHARED_VIEW } from './pool-views.ts';
import { PORTS_VIEW } from './ports-view.ts';
import { RISKS_VIEW } from './risks-view.ts';
import type { View } from './view.ts';

/** All views in the order of their keys, 1 to 5: those of the live page. */
export const VIEWS: readonly [View, ...View[]] = [
  RISKS_VIEW,
  ENDPOINTS_VIEW,
  NAMESPACES_VIEW,
  PORTS_VIEW,
  SHARED_VIEW,
];
