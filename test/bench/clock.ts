import { type Clock, SYSTEM_CLOCK } from '../../src/kernel/clock.ts';

/** A clock that can be put forward: what is done once in a while is then done in time, and nobody waits. */

let aheadMs = 0;

/** This machine's clock, ahead by what `pass()` let go by. */
export const CLOCK: Clock = {
  monotonicMs: () => SYSTEM_CLOCK.monotonicMs() + aheadMs,
  unixSeconds: () => SYSTEM_CLOCK.unixSeconds() + aheadMs / 1000,
};

export function pass(milliseconds: number): void {
  aheadMs += milliseconds;
}

/** A clock that stands still but for `stepMs` at each poll: nothing that is done once in a while is due. */
export class StillClock implements Clock {
  #nowMs = SYSTEM_CLOCK.monotonicMs();

  readonly monotonicMs = (): number => this.#nowMs;
  readonly unixSeconds = (): number => this.#nowMs / 1000;

  step(stepMs: number): void {
    this.#nowMs += stepMs;
  }
}

/** User and system time of this process since it started, all threads, in milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
