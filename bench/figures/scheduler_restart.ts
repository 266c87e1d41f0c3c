import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { benchKeys } from "../remote/node_process.ts";
import { makeQueuedJournal } from "../remote/queued_journal.ts";
import { startScheduler } from "../remote/scheduler.ts";
import { type Bench, type Figure, median } from "./figure.ts";

const wantedMs = 10_000;

/** How long a scheduler that was killed with a million queued jobs takes until it listens again. */
export async function schedulerRestart({ scale }: Bench): Promise<Figure> {
  const jobs = scale.count(1_000_000);
  const rounds = scale.rounds(3);
  const parent = mkdtempSync(`${tmpdir()}/muster-bench-restart-`);
  benchKeys();
  const times: number[] = [];
  try {
    await makeQueuedJournal(`${parent}/made`, jobs);
    for (let round = 0; round < rounds; round += 1) {
      const folder = `${parent}/${round}`;
      cpSync(`${parent}/made`, folder, { recursive: true });
      const startMs = performance.now();
      const { child } = await startScheduler("full", [], folder);
      times.push(performance.now() - startMs);
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  } finally {
    rmSync(parent, { recursive: true });
  }
  const value = median(times);
  return {
    id: "scheduler-restart",
    title: `Restart of a shared scheduler with ${jobs} queued jobs`,
    method: `from its start until it listens, median of ${rounds} starts, durability full`,
    unit: "ms",
    rows: [{ name: "muster scheduler", side: "muster", value, rounds: times }],
    checks: [{ claim: "restart with queued jobs", value, unit: "ms", atMost: wantedMs }],
    skipped: [],
  };
}
