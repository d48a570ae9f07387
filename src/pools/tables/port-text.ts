/** Runs of ports as `ip_local_reserved_ports` writes them: `40000-40009,40050`; empty where there are none. */
export function portText(runs: Uint16Array): string {
  const texts: string[] = [];
  for (let at = 0; at < runs.length; at += 2) {
    const [low, high] = runs.subarray(at, at + 2);
    texts.push(low === high ? `${low}` : `${low}-${high}`);
  }
  return texts.join(',');
}
