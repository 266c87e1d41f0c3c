import { setTimeout } from "node:timers/promises";
import { LabBed } from "../harness/lab_bed.ts";
import type { LedgerLine } from "../harness/ledger.ts";
import { ledgerClientWords, LedgerProcess } from "../harness/ledger_process.ts";
import type { RunningProcess } from "../harness/running_process.ts";
import { type Runner, scriptCommand } from "../harness/runners.ts";
import type { Case, Hosts } from "./cases.ts";

/** What came of a case. */
export type CaseResult = {
  readonly name: string;
  readonly line: LedgerLine;
  /** Results that came while the network was faulty. */
  readonly deliveredInFault: number;
  /** What went wrong; undefined if all went on. */
  readonly problem: string | undefined;
};

const nodeNames = ["n1", "n2", "n3"];
const workMs = 150;
/** Two for each slot: the nodes have two each. */
const window = 24;
/** How long the connections take, or what was lost to be done again, before it counts as hanging. */
const patienceMs = 90_000;
const processMs = 400_000;

/** Runs a scheduler, three nodes and a client, each on a host of its own, and has their network be faulty for a while. */
export async function runCase(runner: Runner, one: Case): Promise<CaseResult> {
  await using bed = new LabBed(runner);
  const names = ["scheduler", ...nodeNames, "client"];
  const all = bed.addNetwork(1, names);
  const [scheduler, node, , , client] = all;
  if (scheduler === undefined || node === undefined || client === undefined) {
    throw new Error("Cannot run a case without hosts");
  }
  await bed.shareSecret(all);
  const keeper = await startScheduler(bed, scheduler);
  await bed.startNodes(all.slice(1, 4), ["--dest-path", `${bed.folder}/work`], processMs);
  const path = `${bed.folder}/attempts`;
  const order = { scheduler: scheduler.address, ledger: path, window, workMs };
  const words = client.command([...scriptCommand, ...ledgerClientWords(order)]);
  const options = { env: bed.envOf(client), stdin: null, deadlineMs: processMs };
  const jobs = new LedgerProcess(bed.spawn(words, options), path);
  const parts = { jobs, hosts: { scheduler, node, client, all } };
  let problem: string | undefined;
  let figures = { recoveryMs: 0, deliveredInFault: 0 };
  try {
    figures = await disturb(one, parts);
    jobs.finish();
    const { code, stderr } = await jobs.process.ended();
    if (code !== 0) problem = `the client has ended with ${code}: ${stderr}`;
  } catch (error) {
    const logs = `${keeper.stderr}\n${jobs.process.stderr}`;
    problem = `${(error as Error).message}\n${logs}`;
  }
  const { recoveryMs, deliveredInFault } = figures;
  const line = jobs.ledger(recoveryMs);
  if (jobs.process.family.length > 0) jobs.process.kill("SIGKILL");
  keeper.kill("SIGTERM");
  await keeper.ended();
  return { name: one.name, line, deliveredInFault, problem };
}

async function startScheduler(bed: LabBed, host: Hosts["scheduler"]): Promise<RunningProcess> {
  const flags = ["--journal", `${bed.folder}/journal`, "--log-level", "debug"];
  const process = bed.startOn(host, ["scheduler", ...flags], null, processMs);
  await process.until("the scheduler listens", () => / listens on /.test(process.stderr), 60_000);
  return process;
}

/** Gives what came through in the meantime, and how long it took until all nodes gave results again. */
async function disturb(
  { begin, end, faultMs }: Case,
  { jobs, hosts }: { readonly jobs: LedgerProcess; readonly hosts: Hosts },
): Promise<{ readonly recoveryMs: number; readonly deliveredInFault: number }> {
  const haveAllGiven = (before: Readonly<Record<string, number>>): boolean => {
    const { byNode } = jobs.report;
    return nodeNames.every((name) => (byNode[name] ?? 0) > (before[name] ?? 0));
  };
  await jobs.until("all nodes have given results", () => haveAllGiven({}), patienceMs);
  begin(hosts);
  const before = jobs.report.delivered;
  await setTimeout(faultMs);
  const { delivered, byNode } = jobs.report;
  end(hosts);
  const healedMs = performance.now();
  await jobs.until("all nodes give results again", () => haveAllGiven(byNode), patienceMs);
  return {
    recoveryMs: performance.now() - healedMs,
    deliveredInFault: delivered - before,
  };
}
