import type { OutputStream, Printed } from "../proto/executor.ts";
import { limits } from "../proto/limits.ts";
import type { PrintSink } from "./capture.ts";
import { cutOutput, type JobOutput } from "./job_output.ts";

/** Keeps what is printed in memory: all that a Worker can do, which shares its process's streams with others. */
export class MemoryOutput implements JobOutput {
  readonly #onStray: (text: string) => void;
  readonly #onOutput: ((stream: OutputStream, text: string) => void) | undefined;
  readonly #texts = { stdout: "", stderr: "" };
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  #runs = false;

  /**
   * @param onStray Takes what is printed while no job runs.
   * @param onOutput Takes what a job prints, at once; what is over the limit is left out.
   */
  constructor(
    onStray: (text: string) => void,
    onOutput?: (stream: OutputStream, text: string) => void,
  ) {
    this.#onStray = onStray;
    this.#onOutput = onOutput;
  }

  /** For what is printed. */
  readonly sink: PrintSink = (stream, chunk) => {
    const text = this.#decode(stream, chunk);
    if (!this.#runs) return this.#onStray(text);
    // Only what is to be cut is longer.
    if (this.#texts[stream].length > limits.maxJobOutputChars) return;
    this.#texts[stream] += text;
    this.#onOutput?.(stream, text);
  };

  #decode(stream: OutputStream, chunk: string | Uint8Array): string {
    if (typeof chunk === "string") return chunk;
    return this.#decoders[stream].decode(chunk, { stream: true });
  }

  begin(): void {
    this.#runs = true;
  }

  take(): Printed | undefined {
    const { stdout, stderr } = this.#texts;
    if (stdout === "" && stderr === "") return undefined;
    this.#texts.stdout = "";
    this.#texts.stderr = "";
    return { stdout: cutOutput(stdout), stderr: cutOutput(stderr) };
  }

  end(): void {
    this.#runs = false;
  }
}
