/** What is hit. */
export const victims = ["client", "scheduler", "node", "executor"] as const;
/** What hits it. A stopped process is let go on later. */
export const blows = ["SIGKILL", "SIGSTOP", "SIGTERM"] as const;
/** When it is hit. docs/RELIABILITY.md says what each means. */
export const moments = [
  "submitted",
  "assigned",
  "running",
  "unacknowledged",
  "commit",
  "reconnecting",
] as const;

export type Victim = typeof victims[number];
export type Blow = typeof blows[number];
export type Moment = typeof moments[number];

/** One case of the matrix. */
export type Cell = { readonly victim: Victim; readonly blow: Blow; readonly moment: Moment };

/** All of them. */
export const allCells: readonly Cell[] = victims.flatMap((victim) =>
  blows.flatMap((blow) => moments.map((moment) => ({ victim, blow, moment })))
);

/** Those for which the tests have time: each victim, each blow and each moment at least once. */
export const shortCells: readonly Cell[] = [
  "client/SIGKILL/unacknowledged",
  "client/SIGTERM/submitted",
  "scheduler/SIGKILL/commit",
  "scheduler/SIGTERM/reconnecting",
  "node/SIGKILL/assigned",
  "node/SIGTERM/running",
  "executor/SIGKILL/running",
  "executor/SIGSTOP/unacknowledged",
].flatMap((name) => cellOf(name) ?? []);

/** The cell of that name; undefined if there is none. */
export function cellOf(name: string): Cell | undefined {
  return allCells.find((cell) => nameOf(cell) === name);
}

/** Its name: `victim/blow/moment`. */
export function nameOf({ victim, blow, moment }: Cell): string {
  return `${victim}/${blow}/${moment}`;
}
