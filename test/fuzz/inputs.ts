import { Random } from '../support/random.ts';

/** What breaks parsers more often than chance does: ends of ranges, signs, other notations of numbers, controls. */
const WORDS = [
  ...['0', '-1', '65535', '65536', '4294967295', '18446744073709551616', '9'.repeat(400)],
  ...['1e9', '0x10', '.nan', '.inf', 'NaN', '1.5', '+1', '٣', 'null', '~', '&a', '*a', '<<', '!!'],
  ...['\n', '\0', '\r\n', '\t', ' ', ':', ',', ';', '-', '%', '"', "'", '\\', '[', '{', '\u2028'],
  ...['__proto__', 'constructor', '::', 'ffff', '\x1b[2J', '\xff\xfe', '\ud800'],
].map((word) => Buffer.from(word));

/** An input that has this number: a seed, mutated some times. The same numbers give the same input. */
export function inputOf(seeds: readonly Buffer[], seed: number, index: number): Buffer {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ index);
  // The generator's first numbers of neighbouring states are alike.
  random.below(2);
  let input = seeds[random.below(seeds.length)] ?? Buffer.alloc(0);
  const changes = 1 + random.below(random.oneIn(8) ? 40 : 4);
  for (let change = 0; change < changes; change += 1) input = changed(input, seeds, random);
  return input;
}

type Change = (input: Buffer, at: number, random: Random, seeds: readonly Buffer[]) => Buffer;

const CHANGES: readonly [Change, ...Change[]] = [
  (input, at, random) => spliced(input, at, 1, Buffer.of(random.below(256))),
  (input, at, random) =>
    spliced(input, at, 1, Buffer.of((input[at] ?? 0) ^ (1 << random.below(8)))),
  (input, at, random) => spliced(input, at, random.below(2), wordOf(random)),
  (input, at, random) => spliced(input, at, random.below(16), Buffer.alloc(0)),
  (input, at, random) => spliced(input, at, 0, input.subarray(at, at + random.below(64))),
  (input, at) => input.subarray(0, at),
  (input, at, random, seeds) => {
    const other = seeds[random.below(seeds.length)] ?? input;
    return Buffer.concat([input.subarray(0, at), other.subarray(random.below(other.length + 1))]);
  },
];

/** Longer than any seed; what grows for ever tells nothing. */
const MAX_BYTES = 16_384;

function changed(input: Buffer, seeds: readonly Buffer[], random: Random): Buffer {
  const change = random.pick(CHANGES);
  return change(input, random.below(input.length + 1), random, seeds).subarray(0, MAX_BYTES);
}

function wordOf(random: Random): Buffer {
  return WORDS[random.below(WORDS.length)] ?? Buffer.alloc(0);
}

function spliced(input: Buffer, at: number, removed: number, added: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, at), added, input.subarray(at + removed)]);
}
