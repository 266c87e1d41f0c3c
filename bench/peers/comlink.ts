import { type Remote, wrap } from "comlink";
import type { tasks } from "../tasks.ts";
import type { Peer } from "./peer.ts";

/** The npm package comlink: one proxy for each Web Worker, taken in turn, as it has no pool of its own. */
export const comlink: Peer = {
  name: "comlink",
  open(workers) {
    const threads = Array.from(
      { length: workers },
      () => new Worker(new URL("./comlink_worker.ts", import.meta.url), { type: "module" }),
    );
    const proxies = threads.map((thread) => wrap(thread) as Remote<typeof tasks>);
    let next = 0;
    return Promise.resolve({
      run(task, value) {
        const proxy = proxies[next];
        if (proxy === undefined) throw new Error("Cannot run a task without workers");
        next = (next + 1) % proxies.length;
        return proxy[task](value);
      },
      close() {
        for (const thread of threads) thread.terminate();
        return Promise.resolve();
      },
    });
  },
};
