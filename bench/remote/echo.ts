import { randomFillSync } from "node:crypto";
import { type ClusterOptions, JobCluster } from "../../mod.ts";
import { median } from "../figures/figure.ts";
import type { Entry } from "../figures/rounds.ts";
import { echo } from "../tasks.ts";
import { startDask } from "./dask.ts";
import { NodeProcess } from "./node_process.ts";

/** A client that has values of many bytes given back by a worker in another process. */
export type OpenEcho = {
  /** Sends a value of so many bytes so many times, one after the other; gives the middle time, in milliseconds. */
  echoMs(bytes: number, calls: number): Promise<number>;
  close(): Promise<void>;
};

/** muster over an encrypted connection, with its default cipher for large messages or with this one. */
export function musterEcho(cipher?: "nacl"): Entry<OpenEcho> {
  return {
    name: cipher === undefined ? "muster" : `muster, cipher ${cipher}`,
    side: cipher === undefined ? "muster" : "variant",
    open: () => open(cipher === undefined ? {} : { cipher }),
  };
}

/** Dask.distributed, unencrypted as it is by default. */
export const daskEcho: Entry<OpenEcho> = {
  name: "Dask",
  side: "peer",
  open: () =>
    Promise.resolve().then(() => {
      const { ask, close } = startDask("noop", 1);
      return { echoMs: (bytes, calls) => ask({ echo: bytes, calls }), close };
    }),
};

async function open(options: Pick<ClusterOptions, "cipher">): Promise<OpenEcho> {
  const node = await NodeProcess.start(1);
  const cluster = await JobCluster.create(echo, {
    module: new URL("../tasks.ts", import.meta.url).href,
    local: 0,
    nodes: [node.address],
    ...options,
  });
  return {
    async echoMs(bytes, calls) {
      const value = randomFillSync(new Uint8Array(bytes));
      const timesMs: number[] = [];
      for (let call = 0; call < calls; call += 1) {
        const startMs = performance.now();
        const result = await cluster.submit(value);
        timesMs.push(performance.now() - startMs);
        if (Buffer.compare(result, value) !== 0) {
          throw new Error("Cannot measure echoes that are not what was sent");
        }
      }
      return median(timesMs);
    },
    async close() {
      await cluster.close();
      await node.stop();
    },
  };
}
