import type { Job } from "../../client/job.ts";
import { stripControls } from "../output/plain_text.ts";
import { RenderError } from "../output/render_result.ts";
import type { ResultWriter } from "../output/result_writer.ts";
import type { Progress } from "../progress.ts";
import type { JobSink } from "../run/job_run.ts";

/** What is shown of a job. */
type PrintedJob = Pick<Job<unknown>, "result" | "stdout" | "stderr"> & { readonly status: string };

/** How what jobs print is shown. */
export type ResultSinkOptions = {
  /** As it is, control sequences as well. */
  readonly raw: boolean;
  /** While they run, by others. */
  readonly live: boolean;
};

/** Writes the results of functions, and what they printed beside the progress bar. */
export class ResultSink implements JobSink {
  readonly #writer: ResultWriter;
  readonly #progress: Progress;
  readonly #options: ResultSinkOptions;

  constructor(writer: ResultWriter, progress: Progress, options: ResultSinkOptions) {
    this.#writer = writer;
    this.#progress = progress;
    this.#options = options;
  }

  get readerGone(): AbortSignal {
    return this.#writer.readerGone;
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  async take(job: PrintedJob): Promise<Error | undefined> {
    if (!this.#options.live) this.#showOutput(job);
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

  #showOutput(job: PrintedJob): void {
    const text = job.stdout + job.stderr;
    if (text === "") return;
    const shown = this.#options.raw ? text : stripControls(text);
    this.#progress.log(shown.endsWith("\n") ? shown.slice(0, -1) : shown);
  }
}
