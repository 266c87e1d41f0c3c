import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Entry } from "../figures/rounds.ts";
import type { OpenRemote, RemoteContender } from "./contender.ts";

/** Where Debian's python3-distributed is found, whatever Python comes first in the path. */
const python = "/usr/bin/python3";

/**
 * Dask.distributed: a scheduler, and worker processes with one thread each, on loopback and unencrypted, as it is by
 * default.
 *
 * @param saturation Its setting `distributed.scheduler.worker-saturation`; its own default if undefined.
 */
export function dask(saturation?: "inf"): RemoteContender {
  return (task, workers): Entry<OpenRemote> => ({
    name: saturation === undefined ? "Dask" : `Dask, worker-saturation ${saturation}`,
    side: "peer",
    open: () => Promise.resolve().then(() => open(task, workers, saturation)),
  });
}

/** A Dask client in a process of its own, which answers each question with a number. */
export type DaskProcess = {
  ask(request: object): Promise<number>;
  close(): Promise<void>;
};

function open(task: string, workers: number, saturation: string | undefined): OpenRemote {
  const { ask, close } = startDask(task, workers, saturation);
  return {
    isSlow: true,
    allMs: (values) => ask({ all: values }),
    singleMs: (calls) => ask({ single: calls }),
    close,
  };
}

/** @throws {Error} Where it is not installed. */
export function startDask(task: string, workers: number, saturation?: string): DaskProcess {
  const check = spawnSync(python, ["-c", "import distributed"]);
  if (check.status !== 0) {
    throw new Error("it is not installed: apt-get install python3-distributed");
  }
  const module = fileURLToPath(new URL("./dask_client.py", import.meta.url));
  const child = spawn(
    python,
    [module, task, String(workers), ...(saturation ? [saturation] : [])],
    {
      stdio: ["pipe", "pipe", "ignore"],
    },
  );
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (request: object): Promise<number> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value } = await answers.next();
    if (value === undefined) throw new Error("Cannot measure Dask: its client has ended");
    return Number(value);
  };
  return {
    ask,
    async close() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.stdin.end();
      await ended;
    },
  };
}
