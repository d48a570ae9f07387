import type { AlertName } from '../src/alerts/rules.ts';

/**
 * The numbers of *Fleet*'s panels. Links, bookmarks and alerts use them: none changes, and none is ever given to
 * another panel.
 */
export const FLEET_PANELS = {
  alertsFiring: 1,
  nodesAtRisk: 2,
  endpointsAtRisk: 3,
  leastTime: 4,
  atRisk: 5,
  alerts: 6,
  levels: 7,
  worstNamespace: 8,
  sameRemote: 9,
  topConsumers: 10,
  blind: 11,
  denied: 12,
  reloadFailed: 13,
  omittedAtRisk: 14,
  exporters: 15,
  leftOut: 16,
  rowRisk: 101,
  rowWhere: 102,
  rowHealth: 103,
} as const;

/** The numbers of *Node*'s panels; the same holds for them. */
export const NODE_PANELS = {
  level: 1,
  available: 2,
  usage: 3,
  peak: 4,
  timeLeft: 5,
  firing: 6,
  heldByState: 7,
  availableOverTime: 8,
  usageOverTime: 9,
  firstPass: 10,
  forecast: 11,
  churn: 12,
  range: 13,
  hazards: 14,
  autobind: 15,
  sharedPoolsHeld: 16,
  sharedPoolsUsage: 17,
  endpoints: 18,
  namespace: 19,
  endpointTable: 20,
  bindPorts: 21,
  bindUsage: 22,
  rangeUsage: 23,
  failures: 24,
  servicePorts: 25,
  heldByOwner: 26,
  rowNow: 101,
  rowEndpoint: 102,
  rowNamespace: 103,
} as const;

/** The panel of *Node* that shows what an alert judges. */
export const ALERT_PANEL: Readonly<Record<AlertName, number>> = {
  EphemeralPortsExhaustion: NODE_PANELS.usageOverTime,
  EphemeralPortsSlowConnect: NODE_PANELS.firstPass,
  EphemeralPortsForecast: NODE_PANELS.forecast,
  EphemeralPortsConnectFailing: NODE_PANELS.failures,
  EphemeralPortsUdpExhaustion: NODE_PANELS.sharedPoolsUsage,
  EphemeralPortsBindExhaustion: NODE_PANELS.bindUsage,
  EphemeralPortsBindFailing: NODE_PANELS.failures,
  EphemeralPortsRangeBlocked: NODE_PANELS.rangeUsage,
};
