/** What a pool whose program binds first does to others: a sentence; empty where it does nothing to them. */
export function takenFromOthers(kind: string, bound: number): string {
  if (kind !== 'connect' || bound === 0) return '';
  const ports = bound === 1 ? '1 port' : `${bound} ports`;
  return `It takes ${ports} from every other destination of its network namespace: a bind() owns them, and no other connect() gets them`;
}
