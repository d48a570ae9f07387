import type { AlertName } from '../alerts/rules.ts';
import { HOST, type NetnsIdentity } from '../kernel/netns/netns.ts';
import { kindOf } from '../pools/kinds.ts';
import { printable } from './printable.ts';
import { NO_FAILURES } from '../pools/failures.ts';
import { firstPassRatio, type PoolUsage, usageRatio } from '../pools/pool.ts';

/** What a sentence about an alert needs of its pool. */
export interface AdvisedPool extends PoolUsage {
  readonly timeToExhaustionSeconds: number | undefined;
}

/** What is wrong with a pool for which `alert` fires, in numbers: one sentence. */
export function explain(alert: AlertName, pool: AdvisedPool): string {
  const used = `${percent(usageRatio(pool))} of ${pool.capacity} ports used, ${pool.available} left`;
  switch (alert) {
    case 'EphemeralPortsSlowConnect':
      return `connect() is slow: ${slowness(pool)} of the ports that it tries first are taken`;
    case 'EphemeralPortsForecast':
      return `no port left in about ${duration(pool.timeToExhaustionSeconds ?? 0)} at this rate: ${used}`;
    case 'EphemeralPortsConnectFailing':
    case 'EphemeralPortsBindFailing':
      return `${failed(pool)}: ${used}`;
    case 'EphemeralPortsExhaustion':
    case 'EphemeralPortsUdpExhaustion':
    case 'EphemeralPortsBindExhaustion':
    case 'EphemeralPortsRangeBlocked':
      return exhaustion(pool, used);
  }
}

function exhaustion({ kind, available }: PoolUsage, used: string): string {
  const { failure, shortage } = kindOf(kind);
  if (shortage !== undefined) return `${shortage}: ${used}`;
  return available > 0 ? used : `no port is left: ${failure}`;
}

/** `10.0.0.1 → 10.0.0.2:5432`, or `UDP 0.0.0.0` where the pool has no remote end. */
export function nameOf(pool: PoolUsage): string {
  return kindOf(pool.kind).nameOf(pool);
}

/** `pod shop/cart-0`, `host`, or `netns 4026532281 (nginx)`. */
export function nameOfNamespace({ netns, podNamespace, podName, name }: NetnsIdentity): string {
  if (podName !== '') return printable(`pod ${podNamespace}/${podName}`);
  if (netns === HOST) return netns;
  return printable(`netns ${netns}${name === '' ? '' : ` (${name})`}`);
}

/** Rounded down: 99.95% is not yet 100%. */
export function percent(ratio: number): string {
  return `${Math.floor(ratio * 1000) / 10}%`;
}

/** `45 s`, `3 min`, `2 h`. */
export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** `2026-11-27 00:10:21 UTC`; empty where there is no such time. `seconds` is Unix time. */
export function timeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return '';
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `412 calls were refused in the last minute (connect() fails with EADDRNOTAVAIL), of curl (pid 4242)`. */
function failed({ failures = NO_FAILURES, kind }: PoolUsage): string {
  const { lastMinute, processes } = failures;
  const calls = lastMinute === 1 ? '1 call was' : `${lastMinute} calls were`;
  const names = processes.map(({ command, pid }) => `${printable(command)} (pid ${pid})`);
  const of = names.length === 0 ? '' : `, of ${names.join(', ')}`;
  return `${calls} refused in the last minute (${kindOf(kind).failure})${of}`;
}

function slowness({ firstPass }: PoolUsage): string {
  return percent(firstPass === undefined ? 0 : firstPassRatio(firstPass));
}
