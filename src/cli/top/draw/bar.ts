import type { Paint, Tone } from './paint.ts';

/** What a bar is drawn of. */
export interface Ports {
  readonly capacity: number;
  readonly available: number;
  readonly blocked: number;
}

/** Without colors they are told apart by their shape. */
const [TAKEN, BLOCKED, LEFT, HALF] = ['█', '▒', '·', '│'] as const;

/** By eighths of a cell; of none there is none. */
const PARTS = ' ▏▎▍▌▋▊▉';

/**
 * Ports of a range, reserved ones apart: taken, blocked by a bind(), left. With `hasHalf` a line marks the half from which on
 * connect() is slow (it tries ports of one parity first).
 */
export function bar(
  ports: Ports,
  width: number,
  tone: Tone,
  paint: Paint,
  hasHalf = false,
): string {
  const { eighths, blocked } = lengthsOf(ports, width);
  const [whole, begun] = [Math.floor(eighths / 8), Math.ceil(eighths / 8)];
  const cells = Array.from({ length: width }, (_, index): readonly [Tone, string] => {
    if (hasHalf && index === Math.floor(width / 2)) return ['strong', HALF];
    if (index < whole) return [tone, TAKEN];
    if (index < begun) return [tone, PARTS.charAt(eighths % 8)];
    return index < begun + blocked ? ['blocked', BLOCKED] : ['dim', LEFT];
  });
  return painted(cells, paint);
}

/** How long the parts of a bar are. */
interface Lengths {
  /** Of a cell, which are taken. */
  readonly eighths: number;
  /** Cells that are blocked. */
  readonly blocked: number;
}

/** What is there is seen, and so is what is left: a bar that looks empty, or full, is. */
export function lengthsOf({ capacity, available, blocked }: Ports, width: number): Lengths {
  const total = Math.max(1, capacity + blocked);
  const taken = Math.max(0, capacity - available);
  const room = available > 0 ? width - 1 : width;
  const blockedCells = cellsOf(blocked, total, room);
  const eighths = (room - blockedCells) * 8;
  if (available === 0) return { eighths, blocked: blockedCells };
  const wanted = taken === 0 ? 0 : Math.max(1, Math.round((taken / total) * width * 8));
  return { eighths: Math.min(wanted, eighths), blocked: blockedCells };
}

function cellsOf(ports: number, total: number, most: number): number {
  return ports === 0 ? 0 : Math.min(most, Math.max(1, Math.round((ports / total) * most)));
}

/** Neighbours of one tone are painted together. */
function painted(cells: readonly (readonly [Tone, string])[], paint: Paint): string {
  let [text, run, last]: [string, string, Tone] = ['', '', 'plain'];
  for (const [tone, cell] of cells) {
    if (tone !== last) {
      text += paint(last, run);
      [run, last] = ['', tone];
    }
    run += cell;
  }
  return text + paint(last, run);
}

const STEPS = '▁▂▃▄▅▆▇█';

/** A line of small bars from 0 to `most`; of values that are more than fit the latest. */
export function sparkline(values: readonly number[], width: number, most: number): string {
  const highest = Math.max(1, most);
  return values
    .slice(-width)
    .map((value) => {
      const step = Math.ceil((Math.min(value, highest) / highest) * STEPS.length) - 1;
      return STEPS.charAt(Math.max(0, step));
    })
    .join('');
}
