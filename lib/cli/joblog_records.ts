import { UsageError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";
import { renderResult } from "./output/render_result.ts";

const pageEntries = 4096;
const finished = 1;
const failed = 2;

/** Which of the jobs of an earlier run are to be run. Both: those that failed and those that it never came to. */
export type RunChoice = {
  /** Run the jobs that the log does not have. */
  readonly resume: boolean;
  /** Run the jobs whose last line says that they failed. */
  readonly retryFailed: boolean;
};

/** What a job log says of each job, in 5 bytes a job: a resumed run may have millions. */
export class JoblogRecords {
  readonly #path: string;
  readonly #pages = new Map<number, { hashes: Uint32Array; states: Uint8Array }>();
  #finished = 0;
  #failed = 0;

  /** @param path For messages. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Jobs whose last line says that they have a result. */
  get finished(): number {
    return this.#finished;
  }

  /** Jobs whose last line says that they failed. */
  get failed(): number {
    return this.#failed;
  }

  /** Takes in one line of the log; a later line about the same job counts more. */
  record(seq: number, state: "finished" | "failed", inputHash: number): void {
    const number = Math.floor(seq / pageEntries);
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = { hashes: new Uint32Array(pageEntries), states: new Uint8Array(pageEntries) };
      this.#pages.set(number, page);
    }
    const at = seq % pageEntries;
    if (page.states[at] === finished) this.#finished -= 1;
    if (page.states[at] === failed) this.#failed -= 1;
    if (state === "finished") this.#finished += 1;
    else this.#failed += 1;
    page.states[at] = state === "finished" ? finished : failed;
    page.hashes[at] = inputHash;
  }

  /** What the last line about job `seq` says; undefined if there is none. */
  stateOf(seq: number): "finished" | "failed" | undefined {
    const state = this.#pages.get(Math.floor(seq / pageEntries))?.states[seq % pageEntries];
    if (state === finished) return "finished";
    return state === failed ? "failed" : undefined;
  }

  /**
   * Whether job `seq` is to be run.
   *
   * @throws {UsageError} When the log has this job with another input: the inputs are not those of the earlier run, and
   * skipping by number would skip the wrong ones.
   */
  shouldRun(seq: number, input: unknown, choice: RunChoice): boolean {
    const state = this.stateOf(seq);
    if (state === undefined) return choice.resume;
    const hash = this.#pages.get(Math.floor(seq / pageEntries))?.hashes[seq % pageEntries];
    if (hash !== hashText(renderResult(input))) {
      throw new UsageError(
        `Cannot resume from ${this.#path}: input ${seq} is not the one that the log has; give the same inputs in the same order`,
      );
    }
    return state === "failed" && choice.retryFailed;
  }
}

/** FNV-1a, 32 bits, of an input's JSON text: not proof against intent, but enough to notice that a list has changed. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}

/** Whether a number can be that of a job. */
export function isJobNumber(seq: number): boolean {
  return Number.isInteger(seq) && seq >= 1 && seq <= limits.maxJoblogSeq;
}
