/** A clock that can be put forward: what is done once in a while is then done in time, and nobody waits. */

const realNow = performance.now.bind(performance);

let aheadMs = 0;

/** From now on the monotonic clock of this process is one that `pass()` puts forward. */
export function takeClock(): void {
  performance.now = () => realNow() + aheadMs;
}

export function pass(milliseconds: number): void {
  aheadMs += milliseconds;
}

/** User and system time of this process since it started, all threads, in milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
