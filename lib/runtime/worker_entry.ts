/** The main module of a Worker slot: loads the job's code, runs tasks, posts results. */
import type { HostMessage, InitMessage, OutputStream, RunnerMessage } from "../proto/executor.ts";
import { capturePrinting } from "./capture.ts";
import { Claims } from "./claims.ts";
import { loadComputation } from "./load.ts";
import { onLastWords } from "./last_words.ts";
import { MemoryOutput } from "./memory_output.ts";
import { exposePlace } from "./place.ts";
import { Runner } from "./runner.ts";
import { packThrown } from "./thrown.ts";

/** The first message of the host; the claims are shared memory and so cannot be part of the plain `init`. */
export type WorkerInit = InitMessage & {
  readonly claims: SharedArrayBuffer;
  /** Whether to tell what tasks print while they run. */
  readonly live: boolean;
};

type WorkerScope = {
  onmessage: ((event: MessageEvent<HostMessage>) => void) | null;
  postMessage(message: RunnerMessage): void;
  close(): void;
};
const scope = globalThis as unknown as WorkerScope;

// Kept before the job's code is there, which may replace what it likes.
const postMessage = scope.postMessage.bind(scope);
const post = (message: RunnerMessage): void => postMessage(message);

async function start({ code, place, claims: buffer, live }: WorkerInit): Promise<void> {
  const claims = new Claims(buffer);
  const tell = (stream: OutputStream, text: string): void => {
    const seq = claims.running()?.seq;
    if (seq !== undefined) post({ type: "output", seq, stream, text });
  };
  const output = new MemoryOutput(
    (text) => post({ type: "stray", text }),
    live ? tell : undefined,
  );
  capturePrinting(output.sink);
  // The end of a Worker is silent in Deno, and its exit code is lost in both runtimes unless it is told.
  let runner: Runner | undefined;
  onLastWords((message) => {
    runner?.flush();
    post({ ...message, ...output.take() });
  });
  try {
    exposePlace(place);
    const ready = runner = new Runner(await loadComputation(code, place.dir), claims, output, {
      post,
    });
    scope.onmessage = ({ data }) => {
      if (typeof data === "string" || data.type === "tasks") ready.accept(data);
      else if (data.type === "stop") endIfRunning(claims, data.seq);
    };
    post({ type: "ready" });
  } catch (error) {
    post({ type: "failed", error: packThrown(error) });
  }
}

function endIfRunning(claims: Claims, seq: number): void {
  if (claims.running()?.seq !== seq) return;
  post({ type: "stopped", seq });
  scope.close();
}

scope.onmessage = (event) => void start(event.data as WorkerInit);
