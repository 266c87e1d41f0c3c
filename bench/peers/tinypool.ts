import { fileURLToPath } from "node:url";
import { Tinypool } from "tinypool";
import type { Peer } from "./peer.ts";

/** The npm package tinypool, with its defaults. */
export const tinypool: Peer = {
  name: "tinypool",
  open(workers) {
    const pool = new Tinypool({
      filename: fileURLToPath(new URL("../tasks.ts", import.meta.url)),
      minThreads: workers,
      maxThreads: workers,
    });
    return Promise.resolve({
      run: (task, value) => pool.run(value, { name: task }),
      close: () => pool.destroy(),
    });
  },
};
