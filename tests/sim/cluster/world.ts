import type { VirtualClock } from "../virtual_clock.ts";
import type { WorldLedger } from "./world_ledger.ts";
import type { WorldOptions } from "./options.ts";

/** What everything in a run shares. */
export type World = {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly options: WorldOptions;
  readonly ledger: WorldLedger;
  /** A machine takes a step. */
  readonly noteStep: (process: string, events: readonly unknown[]) => void;
  /** A machine wants something done. */
  readonly noteEffect: (process: string, effect: { readonly type: string }) => void;
};
