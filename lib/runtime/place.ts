import type { JobPlace } from "../proto/executor.ts";

/** Where `job.ts`, which travels with the jobs' code and must not bring us along, looks for it. */
const placeKey = Symbol.for("muster.job");

/** Tells the jobs of this thread where they run. */
export function exposePlace(place: JobPlace): void {
  Object.defineProperty(globalThis, placeKey, { value: place, configurable: true });
}
