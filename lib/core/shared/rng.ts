/**
 * A seeded random number generator, so that every decision can be replayed from its seed.
 *
 * It is mulberry32 (Tommy Ettinger, public domain, 2017): 32 bits of state, good enough for jitter and simulation, and
 * never used for secrets.
 *
 * @param seed Any integer; its low 32 bits count.
 * @returns A function that gives numbers in [0, 1).
 */
export function createRng(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
