import type { PoolRow } from '../../../answers/overview/overview.ts';

/** A part of a pool's bar, as a share of the whole. */
export interface BarPart {
  readonly name: 'held' | 'reusable' | 'left' | 'blocked';
  readonly ports: number;
  readonly from: number;
  readonly share: number;
}

/** From the left: what is held for good, what is held and can be reused, what is free, what a bind() owns. */
export function barParts(row: PoolRow): readonly BarPart[] {
  const { available, reusable, capacity, blocked } = row;
  const free = Math.max(0, available - reusable);
  const held = Math.max(0, capacity - available);
  // The range pool has its blocked ports within its capacity: they are what is held of it.
  const isHeldByBind = row.pool === 'range';
  const sizes: readonly (readonly [BarPart['name'], number])[] = [
    ['held', held],
    ['reusable', Math.min(reusable, available)],
    ['left', free],
    ['blocked', isHeldByBind ? 0 : blocked],
  ];
  const whole = Math.max(
    1,
    sizes.reduce((sum, [, ports]) => sum + ports, 0),
  );
  let from = 0;
  return sizes.flatMap(([name, ports]) => {
    if (ports === 0 && name !== 'left') return [];
    const part = { name, ports, from, share: ports / whole };
    from += part.share;
    return [part];
  });
}
