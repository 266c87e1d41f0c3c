import type { Job } from "../../client/job.ts";
import type { JobOutput } from "../../client/options.ts";

type Streams = Record<JobOutput["stream"], string>;

/** Cuts what jobs print into lines, so that those of several jobs do not run into each other. */
export class LiveLines {
  readonly #show: (line: string) => void;
  /** By job, the beginnings of lines that have not ended yet. */
  readonly #begun = new Map<Job<unknown>, Streams>();

  /** @param show Takes whole lines, without their ends; several may be one text. */
  constructor(show: (lines: string) => void) {
    this.#show = show;
  }

  /** Takes a piece of what a job prints. */
  add({ job, stream, text }: JobOutput): void {
    const begun = this.#begunOf(job);
    const all = begun[stream] + text;
    const end = all.lastIndexOf("\n");
    begun[stream] = all.slice(end + 1);
    if (end >= 0) this.#show(all.slice(0, end));
  }

  #begunOf(job: Job<unknown>): Streams {
    const known = this.#begun.get(job);
    if (known !== undefined) return known;
    const begun = { stdout: "", stderr: "" };
    this.#begun.set(job, begun);
    void job.settled().then(() => this.#end(job, begun));
    return begun;
  }

  /** Shows what was begun: the last line of a job may have no end. */
  #end(job: Job<unknown>, { stdout, stderr }: Streams): void {
    this.#begun.delete(job);
    for (const rest of [stdout, stderr]) if (rest !== "") this.#show(rest);
  }
}
