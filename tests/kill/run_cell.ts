import process from "node:process";
import type { LedgerLine } from "../harness/ledger.ts";
import type { Runner } from "../harness/runners.ts";
import type { Blow, Cell, Moment, Victim } from "./cells.ts";
import { KillBed, type Party } from "./kill_bed.ts";
import { holder, jobs, resultOf, warmJobs } from "./work.ts";

/** What came of a cell. */
export type CellResult = {
  readonly line: LedgerLine;
  /** What else was not as it should be. */
  readonly problem: string | undefined;
};

const stopMs = 1_000;

/** Plays one cell with processes of its own. */
export async function runCell({ victim, blow, moment }: Cell, runner: Runner): Promise<CellResult> {
  await using bed = new KillBed(runner);
  let struckAtMs = 0;
  let problem: string | undefined;
  try {
    for (const party of ["a", "b", "scheduler", "client"] as const) await bed.launch(party);
    await bed.until("the first jobs are done", () => bed.ledger.deliveries.size === warmJobs - 1);
    await reach(bed, victim, moment);
    struckAtMs = performance.now();
    await strike(bed, victim, blow);
    const code = await bed.end("client");
    if (code !== 0) throw new Error(`The client ended with ${code}`);
  } catch (error) {
    problem = `${(error as Error).message}\n${bed.log}`;
  }
  const maxRecoveryMs = performance.now() - struckAtMs;
  problem ??= await endDaemons(bed);
  const staleRejected = [...bed.log.matchAll(/ debug (\d+) stale leases/g)]
    .reduce((sum, [, count]) => sum + Number(count), 0);
  if (problem !== undefined) await bed.killAll();
  const line = bed.ledger.judge(resultOf, { staleRejected, maxRecoveryMs });
  if (line.acked < jobs) problem ??= `Only ${line.acked} jobs were taken`;
  return { line, problem };
}

/** Brings everything to the moment, with the rest of the jobs submitted. */
async function reach(bed: KillBed, victim: Victim, moment: Moment): Promise<void> {
  const node = bed.heldNode;
  switch (moment) {
    case "submitted":
      return await standStill(bed, "scheduler", "submit");
    case "assigned":
      return await standStill(bed, node, "assign");
    case "running":
      return await runGated(bed, node);
    case "unacknowledged":
      if (victim === "client") {
        // What was acknowledged before they were submitted has left.
        await runGated(bed, node);
        return await standStill(bed, "client", "ack", () => bed.open("gate"));
      }
      return await standStill(bed, "scheduler", `done-${node}`);
    case "commit":
      if (victim === "client") {
        await standStill(bed, "scheduler", "submit");
        return await standStill(bed, "scheduler", "commit", () => bed.release());
      }
      // Jobs that run now end in the next transaction, or in one soon after.
      await runGated(bed, node);
      await standStill(bed, "scheduler", "commit", () => bed.open("gate"));
      return;
    case "reconnecting": {
      await runGated(bed, node);
      process.kill(bed.of("scheduler").pid, "SIGKILL");
      await bed.end("scheduler");
      const place = victim === "client" ? "open" : `announce-${node}`;
      await standStill(bed, "scheduler", place, () => bed.launch("scheduler"));
    }
  }
}

/** Has a party stand still at a place that it comes to by what is done then. */
async function standStill(
  bed: KillBed,
  party: Party,
  place: string,
  act: () => void | Promise<void> = () => bed.go(),
): Promise<void> {
  const isThere = bed.arm(party, place);
  await act();
  await bed.until(`${party} is at ${place}`, isThere);
}

/** Submits the rest, of which some begin on the node and wait at the gate. */
async function runGated(bed: KillBed, node: "a" | "b"): Promise<void> {
  bed.shut("gate");
  bed.go();
  await bed.until("all jobs are taken", () => bed.ledger.acks.size === jobs);
  await bed.until("jobs run", () => {
    const executor = bed.executorOf(node);
    return bed.ledger.executions.some(({ job, pid, ended }) =>
      job !== holder && pid === executor && !ended
    );
  });
}

async function strike(bed: KillBed, victim: Victim, blow: Blow): Promise<void> {
  if (victim === "executor") return await strikeExecutor(bed, blow);
  const party = victim === "node" ? bed.heldNode : victim;
  const struck = bed.of(party);
  process.kill(struck.pid, blow);
  switch (blow) {
    case "SIGKILL":
      await bed.end(party);
      goOn(bed);
      return await bed.launch(party);
    case "SIGTERM": {
      goOn(bed);
      const code = await bed.end(party);
      if (code !== 143) throw new Error(`${party} ended with ${code} after SIGTERM, not with 143`);
      return await bed.launch(party);
    }
    case "SIGSTOP":
      goOn(bed);
      await stopped(bed, victim, party);
      process.kill(struck.pid, "SIGCONT");
  }
}

/** A node is stopped until the scheduler has given it up, the others for a moment. */
async function stopped(bed: KillBed, victim: Victim, party: Party): Promise<void> {
  if (victim !== "node") return await new Promise((resolve) => setTimeout(resolve, stopMs));
  const { length } = bed.of("scheduler").stderr;
  const isGone = new RegExp(`node ${party} at \\S+ is gone`);
  await bed.until(
    "the node is given up",
    () => isGone.test(bed.of("scheduler").stderr.slice(length)),
  );
}

async function strikeExecutor(bed: KillBed, blow: Blow): Promise<void> {
  let pid = bed.executorOf(bed.heldNode);
  await bed.until("there is an executor", () => {
    pid ??= bed.executorOf(bed.heldNode);
    return pid !== undefined;
  });
  if (pid === undefined) return;
  process.kill(pid, blow);
  goOn(bed);
  if (blow !== "SIGSTOP") return;
  await new Promise((resolve) => setTimeout(resolve, stopMs));
  process.kill(pid, "SIGCONT");
}

/** What was held up for the blow goes on. */
function goOn(bed: KillBed): void {
  bed.release();
  bed.open("gate");
  bed.open("holder");
}

async function endDaemons(bed: KillBed): Promise<string | undefined> {
  for (const party of ["scheduler", "a", "b"] as const) {
    process.kill(bed.of(party).pid, "SIGTERM");
    const code = await bed.end(party);
    if (code !== 143) return `${party} ended with ${code} after SIGTERM, not with 143\n${bed.log}`;
  }
  return undefined;
}
