/** A stream of numbers that a seed repeats. */
export class Rng {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `below - 1`. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("Cannot pick from nothing");
    return item;
  }
}

/** Values that lengths and counts like to break at. */
const edges = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x1b, 0x5b, 0x9b, 0xbb, 0xd8, 0xf7];

/** One small damage: bits, edge values, pieces cut, doubled, put in or taken from another input. */
function damage(rng: Rng, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const at = rng.below(bytes.length + 1);
  const length = rng.below(9);
  const [before, after] = [bytes.slice(0, at), bytes.slice(at)];
  switch (rng.below(7)) {
    case 0:
      return bytes.map((byte, index) => index === at ? byte ^ (1 << rng.below(8)) : byte);
    case 1:
      return bytes.map((byte, index) => index === at ? rng.pick(edges) : byte);
    case 2:
      return Uint8Array.of(...before, ...rng.bytes(length), ...after);
    case 3:
      return Uint8Array.of(...before, ...after.slice(length));
    case 4:
      return Uint8Array.of(...before, ...after.slice(0, length), ...after);
    case 5:
      return before;
    default:
      return Uint8Array.of(...before, ...other.slice(rng.below(other.length + 1)));
  }
}

/** The input with one to four damages. */
export function mutate(rng: Rng, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  let mutated = bytes;
  for (let left = 1 + rng.below(4); left > 0; left--) mutated = damage(rng, mutated, other);
  return mutated;
}

/** Whether two inputs are the same bytes. */
export function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
