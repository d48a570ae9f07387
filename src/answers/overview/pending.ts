import type { RiskLevel } from '../../alerts/rules.ts';
import type { SnapshotDetails } from '../../snapshot/details.ts';

/**
 * The same, with what waits for its hold among what fires, and the levels that go with it: a screen must call nothing healthy
 * that has crossed a threshold. Who sends alerts waits.
 */
export function withPending(details: SnapshotDetails): SnapshotDetails {
  const { alerts, pending } = details;
  if (pending.length === 0) return details;
  const levelIn = (id: number): RiskLevel =>
    pending
      .filter(({ pool }) => pool.namespaceId === id)
      .reduce<RiskLevel>((most, { pool }) => (pool.riskLevel > most ? pool.riskLevel : most), 0);
  return {
    ...details,
    alerts: { ...alerts, firing: [...alerts.firing, ...pending] },
    namespaces: details.namespaces.map((namespace) => {
      const level = levelIn(namespace.id);
      return level > namespace.riskLevel ? { ...namespace, riskLevel: level } : namespace;
    }),
  };
}

/** What is said of an alert that waits for its hold. */
export const STILL_PENDING = 'the alert is still pending';
