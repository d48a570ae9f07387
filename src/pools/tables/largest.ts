/**
 * The indices below `length` with the `count` highest scores, in no order: a heap of `count` entries, so
 * that the rest is looked at once and never stored.
 */
export function largest(
  length: number,
  count: number,
  score: (index: number) => number,
): readonly number[] {
  const heap: Scored[] = [];
  for (let index = 0; index < length; index += 1) {
    const value = score(index);
    if (heap.length < count) {
      heap.push({ index, value });
      siftUp(heap, heap.length - 1);
    } else if (value > (heap[0]?.value ?? Number.POSITIVE_INFINITY)) {
      heap[0] = { index, value };
      siftDown(heap);
    }
  }
  return heap.map((entry) => entry.index);
}

interface Scored {
  readonly index: number;
  readonly value: number;
}

function siftUp(heap: Scored[], from: number): void {
  let at = from;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (valueAt(heap, parent) <= valueAt(heap, at)) return;
    swap(heap, parent, at);
    at = parent;
  }
}

function siftDown(heap: Scored[]): void {
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const child = valueAt(heap, left + 1) < valueAt(heap, left) ? left + 1 : left;
    if (valueAt(heap, child) >= valueAt(heap, at)) return;
    swap(heap, at, child);
    at = child;
  }
}

/** Beyond the end counts as larger than anything, so that nothing sinks there. */
function valueAt(heap: readonly Scored[], at: number): number {
  return heap[at]?.value ?? Number.POSITIVE_INFINITY;
}

function swap(heap: Scored[], a: number, b: number): void {
  const [first, second] = [heap[a], heap[b]];
  if (first === undefined || second === undefined) return;
  heap[a] = second;
  heap[b] = first;
}
