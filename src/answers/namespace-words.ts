/** What it means that there are more network namespaces than are watched. */
export function unwatchedNote(unwatched: number): string {
  const them = unwatched === 1 ? '1 network namespace is' : `${unwatched} network namespaces are`;
  return `${them} not watched: there are more than namespaces.limit; nothing is known of their ports`;
}
