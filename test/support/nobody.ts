/** Runs `body` as a user with no rights; undefined where this process cannot become one. */
export function asNobody<T>(body: () => T): T | undefined {
  try {
    process.seteuid?.(65_534);
  } catch {
    return undefined;
  }
  try {
    return body();
  } finally {
    process.seteuid?.(0);
  }
}
