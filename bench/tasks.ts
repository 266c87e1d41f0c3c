/** The jobs of every figure: the same functions for muster and for all peers. */

/** Gives back what it gets: all that is measured is the way there and back. */
export function noop(value: number): number {
  return value;
}

/** As noop, of many bytes. */
export function echo(value: Uint8Array): Uint8Array {
  return value;
}

/**
 * Keeps a core busy until `ms` milliseconds have passed. It goes by the clock, so that the ideal is the same on cores
 * that slow each other down; what falls short of it is time in which a slot had nothing to run.
 */
export function spin(ms: number): number {
  const endMs = performance.now() + ms;
  let turns = 0;
  while (performance.now() < endMs) turns += 1;
  return turns;
}

/** The jobs on numbers by name. */
export const tasks = { noop, spin } as const;

/** Name of a job. */
export type TaskName = keyof typeof tasks;
