import assert from "node:assert/strict";
import process from "node:process";
import { Rng } from "./wire_mutator.ts";

/** How many inputs a case tries. */
export const runs = Number(process.env["FUZZ_RUNS"] ?? 2000);
const seed = Number(process.env["FUZZ_SEED"] ?? 20_260_803);

/** Runs `attempt` many times; it returns whether a forgery was accepted, and throws for a crash. */
export function fuzz(what: string, times: number, attempt: (rng: Rng) => boolean): void {
  const rng = new Rng(seed);
  const crashes: unknown[] = [];
  let accepted = 0;
  let slowestMs = 0;
  for (let run = 0; run < times; run++) {
    const startedMs = performance.now();
    try {
      if (attempt(rng)) accepted++;
    } catch (error) {
      crashes.push(error);
    }
    slowestMs = Math.max(slowestMs, performance.now() - startedMs);
  }
  const figures = `execs=${times} crashes=${crashes.length} accepted_forgeries=${accepted}`;
  process.stdout.write(
    `fuzz ${what}: ${figures} slowest_ms=${slowestMs.toFixed(0)} seed=${seed}\n`,
  );
  if (crashes.length > 0) throw new Error("An input crashed the machine", { cause: crashes[0] });
  assert.equal(accepted, 0);
  assert.ok(slowestMs < 5000, "one input took as long as a hang");
}
