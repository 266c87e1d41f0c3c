import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { SharedJobCluster } from "../../mod.ts";
import type { Entry } from "../figures/rounds.ts";
import { tasks } from "../tasks.ts";
import { findInLog } from "./find_in_log.ts";
import { fromSource, NodeProcess } from "./node_process.ts";

/** A client of a shared scheduler with one node, each in a process of its own. */
export type OpenScheduler = {
  /** Runs a no-op job for each value; gives how long it took, in milliseconds. */
  allMs(values: readonly number[]): Promise<number>;
  close(): Promise<void>;
};

/** A shared scheduler that keeps jobs in this way. */
export function scheduler(
  durability: "full" | "memory",
  workers: number,
): Entry<OpenScheduler> {
  return {
    name: `durability ${durability}`,
    side: "muster",
    open: () => open(durability, workers),
  };
}

async function open(durability: string, workers: number): Promise<OpenScheduler> {
  const node = await NodeProcess.start(workers);
  const folder = mkdtempSync(`${tmpdir()}/muster-bench-journal-`);
  const { child, address } = await startScheduler(durability, [node.address], folder);
  const cluster = await SharedJobCluster.create(tasks.noop, {
    module: new URL("../tasks.ts", import.meta.url).href,
    scheduler: address,
    reentrant: true,
  });
  return {
    async allMs(values) {
      const startMs = performance.now();
      const results = await Promise.all(values.map((value) => cluster.submit(value)));
      const elapsedMs = performance.now() - startMs;
      if (results.some((result, index) => result !== values[index])) {
        throw new Error("Cannot count jobs whose results are wrong");
      }
      return elapsedMs;
    },
    async close() {
      await cluster.close();
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
      await node.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Starts a scheduler in a process of its own, which dials these nodes; gives it once it listens. */
export async function startScheduler(
  durability: string,
  nodes: readonly string[],
  folder: string,
): Promise<{ readonly child: ChildProcess; readonly address: string }> {
  const [program = "", ...args] = fromSource();
  const place = ["--host", "127.0.0.1", "--port", "0", "--no-discover"];
  const dialled = nodes.length === 0 ? [] : ["--nodes", nodes.join(",")];
  const keeping = ["--durability", durability, "--journal", folder];
  const child = spawn(program, [...args, "scheduler", ...place, ...dialled, ...keeping], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  return { child, address: await findInLog(child.stderr, / listens on ([^\s,]+)/) };
}
