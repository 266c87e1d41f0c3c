/** The main module of a Worker slot: loads the job's code, runs tasks, posts results. */
import type { InitMessage, RunnerMessage, TaskBatch } from "../proto/executor.ts";
import { interceptExit } from "../platform/exit.ts";
import { capturePrinting } from "./capture.ts";
import { Claims } from "./claims.ts";
import { loadComputation } from "./load.ts";
import { packThrown, Runner } from "./runner.ts";

/** The first message of the host; the claims are shared memory and so cannot be part of the plain `init`. */
export type WorkerInit = InitMessage & { readonly claims: SharedArrayBuffer };

type WorkerScope = {
  onmessage: ((event: MessageEvent<WorkerInit | TaskBatch>) => void) | null;
  postMessage(message: RunnerMessage): void;
};
const scope = globalThis as unknown as WorkerScope;

// Kept before the job's code is there, which may replace what it likes.
const postMessage = scope.postMessage.bind(scope);
const post = (message: RunnerMessage): void => postMessage(message);

async function start(init: WorkerInit): Promise<void> {
  capturePrinting();
  // The end of a Worker is silent in Deno, and its exit code is lost in both runtimes unless it is told.
  let runner: Runner | undefined;
  interceptExit((code) => {
    runner?.flush();
    post({ type: "exit", code });
  });
  try {
    runner = new Runner(await loadComputation(init.code), new Claims(init.claims), { post });
    const ready = runner;
    scope.onmessage = (event) => ready.accept(event.data as TaskBatch);
    post({ type: "ready" });
  } catch (error) {
    post({ type: "failed", error: packThrown(error) });
  }
}

scope.onmessage = (event) => void start(event.data as WorkerInit);
