import { limits } from "../../proto/limits.ts";
import type { NumberedInput } from "../run/numbered_inputs.ts";
import { CommandTemplate } from "./command_template.ts";
import type { ExecRequest } from "./exec_options.ts";
import { type InputRecord, recordOf } from "./input_record.ts";
import type { ProgramCall } from "./program_job.ts";
import { quoteWord } from "./quote_word.ts";

/** Whether the runtime beside the job runs a program itself. */
export function isScript(program: string): boolean {
  return /\.(?:[cm]?[jt]s|[jt]sx)$/i.test(program);
}

/** Makes the command of each input. */
export class ProgramCalls {
  readonly #request: ExecRequest;
  readonly #template: CommandTemplate;
  readonly #returns: readonly CommandTemplate[];
  /** What marks the output of a call, where that is asked for. */
  readonly #tags = new WeakMap<object, string>();

  /** @throws {UsageError} For a placeholder that is none. */
  constructor(request: ExecRequest) {
    this.#request = request;
    this.#template = new CommandTemplate(request.command);
    this.#returns = request.returns.map((path) => new CommandTemplate([path]));
  }

  /** @throws {UsageError} When the command names a column that the input does not have. */
  callOf(input: NumberedInput): ProgramCall {
    const { env, isLive } = this.#request;
    const { maxKeptOutputBytes: maxKeptBytes } = limits;
    const words = this.#words(input);
    const stdin = this.#isPiped ? String(input.value) : undefined;
    const call = { words, isScript: isScript(words[0] ?? ""), stdin, env, maxKeptBytes, isLive };
    if (this.#request.tags) this.#tags.set(call, this.#tagOf(input));
    return call;
  }

  /**
   * Paths of the files that its job leaves.
   *
   * @throws {UsageError} When one names a column that the input does not have.
   */
  returnedPaths(input: NumberedInput): string[] {
    const record = this.#record(input);
    return this.#returns.map((template) => template.expand(record, input.seq, false).join(" "));
  }

  /** The command as one line that a shell would read. */
  describe(input: NumberedInput): string {
    if (this.#request.usesShell) return this.#shellLine(input);
    return this.#words(input).map(quoteWord).join(" ");
  }

  /** What marks the output of a call; undefined if nothing does. */
  tagOf(call: object): string | undefined {
    return this.#tags.get(call);
  }

  #tagOf(input: NumberedInput): string {
    return this.#isPiped ? String(input.seq) : this.#record(input).words.join(" ");
  }

  get #isPiped(): boolean {
    return this.#request.blockBytes !== undefined;
  }

  #words(input: NumberedInput): string[] {
    if (this.#request.usesShell) return ["sh", "-c", this.#shellLine(input)];
    return this.#template.expand(this.#record(input), input.seq, !this.#isPiped);
  }

  #shellLine(input: NumberedInput): string {
    return this.#template.expandForShell(this.#record(input), input.seq, !this.#isPiped);
  }

  #record({ value }: NumberedInput): InputRecord {
    // A block is no argument.
    if (this.#isPiped) return { words: [], named: undefined };
    return recordOf(value, this.#request.columnSeparator);
  }
}
