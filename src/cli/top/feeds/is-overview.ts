import type { Overview } from '../../../answers/overview/overview.ts';

/** Whether an answer can be drawn. What is behind an address may be another program, or a newer version. */
export function isOverview(value: unknown): value is Overview {
  if (!isRecord(value) || value['schema'] !== 1) return false;
  const { health, taken_at_seconds, interval_seconds } = value;
  const lists = ['risks', 'endpoints', 'shared', 'namespaces', 'ports'].map((name) => value[name]);
  return (
    isRecord(health) &&
    typeof health['sentence'] === 'string' &&
    Array.isArray(health['unread']) &&
    [taken_at_seconds, interval_seconds].every(Number.isFinite) &&
    lists.every((list) => Array.isArray(list) && list.every(isRecord))
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
