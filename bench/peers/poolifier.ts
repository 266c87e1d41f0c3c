import { fileURLToPath } from "node:url";
import { FixedThreadPool } from "poolifier";
import type { Peer } from "./peer.ts";

/** The npm package poolifier: its fixed pool of threads, with its defaults. */
export const poolifier: Peer = {
  name: "poolifier",
  open(workers) {
    const file = fileURLToPath(new URL("./poolifier_worker.ts", import.meta.url));
    const pool = new FixedThreadPool<number, number>(workers, file);
    return Promise.resolve({
      run: (task, value) => pool.execute(value, task),
      close: () => pool.destroy(),
    });
  },
};
