import type { CallFailures, PoolFailures } from '../pools/failures.ts';

/** The refused calls of a pool; nothing where they are not counted. */
export function poolFailuresJson(failures: PoolFailures | undefined): object {
  if (failures === undefined) return {};
  const { total, lastMinute, processes } = failures;
  return {
    failures: {
      total,
      last_minute: lastMinute,
      processes: processes.map(({ pid, command, failures: count }) => {
        return { pid, command, failures: count };
      }),
    },
  };
}

/** Those of a namespace; null where they are not counted. */
export function namespaceFailuresJson(failures: CallFailures | undefined): object | null {
  return failures === undefined ? null : { connect: failures.connect, bind: failures.bind ?? null };
}
