import type { Job } from "../../client/job.ts";
import { stripControls } from "../output/plain_text.ts";
import { RenderError } from "../output/render_result.ts";
import type { ResultWriter } from "../output/result_writer.ts";
import type { Progress } from "../progress.ts";
import type { JobSink } from "../run/job_run.ts";

/** Writes the results of functions, and what they printed beside the progress bar. */
export class ResultSink implements JobSink {
  readonly #writer: ResultWriter;
  readonly #progress: Progress;
  readonly #raw: boolean;

  /** @param raw Whether what jobs print is shown as it is. */
  constructor(writer: ResultWriter, progress: Progress, raw: boolean) {
    this.#writer = writer;
    this.#progress = progress;
    this.#raw = raw;
  }

  get readerGone(): AbortSignal {
    return this.#writer.readerGone;
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  async take(job: Job<unknown>): Promise<Error | undefined> {
    this.#showOutput(job);
    if (job.status !== "finished") return undefined;
    try {
      const full = this.#writer.write(job.result);
      if (full !== undefined) await full;
      return undefined;
    } catch (error) {
      if (error instanceof RenderError) return error;
      throw error;
    }
  }

  #showOutput(job: Job<unknown>): void {
    const text = job.stdout + job.stderr;
    if (text === "") return;
    const shown = this.#raw ? text : stripControls(text);
    this.#progress.log(shown.endsWith("\n") ? shown.slice(0, -1) : shown);
  }
}
