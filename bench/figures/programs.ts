import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fromSource, NodeProcess } from "../remote/node_process.ts";
import type { Bench, Figure } from "./figure.ts";
import { type Entry, interleave } from "./rounds.ts";

const wantedJobsPerSecond = 1000;

/** A command that runs `true` once for each line of its input. */
type Launcher = {
  readonly command: readonly string[];
  close(): Promise<void>;
};

/** How many programs that do nothing are run in a second. */
export async function programs({ workers, scale }: Bench): Promise<Figure> {
  const count = scale.count(2000);
  const warmups = scale.warmups(1);
  const rounds = scale.rounds(5);
  const slots = String(workers);
  const input = Array.from({ length: count }, (_, index) => `${index}\n`).join("");
  const exec = [...fromSource(), "exec"];
  const { rows, skipped } = await interleave<Launcher>(
    [
      entry("muster exec", "muster", [...exec, "--jobs", slots, "--", "true"]),
      { name: "muster exec on a node", side: "muster", open: () => openOnNode(exec, workers) },
      entry("GNU parallel", "peer", ["/usr/bin/parallel", "--jobs", slots, "true"]),
      entry("xargs", "raw", ["/usr/bin/xargs", "-P", slots, "-n", "1", "true"]),
    ],
    { warmups, rounds },
    async ({ command }) => count / await elapsedMs(command, input) * 1000,
  );
  return {
    id: "exec",
    title: `Programs that do nothing, ${count} of them`,
    method: `${slots} at a time, with the start of the command, median of ${rounds} rounds`,
    unit: "jobs/s",
    rows,
    checks: rows.filter(({ side }) => side === "muster").map(({ name, value }) => ({
      claim: `${name}: programs a second`,
      value,
      unit: "jobs/s",
      atLeast: wantedJobsPerSecond,
    })),
    skipped,
  };
}

function entry(
  name: string,
  side: Entry<Launcher>["side"],
  command: readonly string[],
): Entry<Launcher> {
  const [program = ""] = command;
  return {
    name,
    side,
    open: () =>
      existsSync(program)
        ? Promise.resolve({ command, close: () => Promise.resolve() })
        : Promise.reject(new Error("it is not installed")),
  };
}

async function openOnNode(exec: readonly string[], workers: number): Promise<Launcher> {
  const node = await NodeProcess.start(workers);
  const command = [...exec, "--no-local", "--nodes", node.address, "--", "true"];
  return { command, close: () => node.stop() };
}

async function elapsedMs(
  [program = "", ...args]: readonly string[],
  input: string,
): Promise<number> {
  const startMs = performance.now();
  const child = spawn(program, args, { stdio: ["pipe", "ignore", "ignore"] });
  child.stdin.end(input);
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`Cannot time ${program}, which ends with exit code ${code}`);
  return performance.now() - startMs;
}
