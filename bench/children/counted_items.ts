/** What the measurements of memory in a long map have in common. */

/** How often memory is looked at. */
export const samples = 200;

/** By then all buffers have their size. */
export const earlyPart = 0.2;

/** The job. */
export function increment(value: number): number {
  return value + 1;
}

/** The inputs, one by one. */
export async function* count(to: number): AsyncGenerator<number> {
  for (let value = 0; value < to; value += 1) yield value;
}
