import { Piscina } from "piscina";
import { fileURLToPath } from "node:url";
import type { Peer } from "./peer.ts";

/** The npm package piscina, with its defaults. */
export const piscina: Peer = {
  name: "piscina",
  open(workers) {
    const pool = new Piscina({
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
