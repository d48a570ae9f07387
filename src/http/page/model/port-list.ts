/** Runs of ports that a cell shows: what fits into a line of a phone. */
const MAX_RUNS = 4;

/** `40000-40009, 40050, 40060, 40070 and 12 more`: the first of a list of runs, and how many ports there are beside them. */
export function shortPorts(ports: string): string {
  const [listed = '', unlisted = '0'] = ports.split(/ … and (\d+) more$/);
  const runs = listed.split(', ');
  if (runs.length <= MAX_RUNS) return ports;
  const rest = runs.slice(MAX_RUNS).reduce((sum, run) => sum + sizeOf(run), Number(unlisted));
  return `${runs.slice(0, MAX_RUNS).join(', ')} and ${rest} more`;
}

function sizeOf(run: string): number {
  const [low = 0, high = low] = run.split('-').map(Number);
  return high - low + 1;
}
