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

  /** @throws {UsageError} For a placeholder that is none. */
  constructor(request: ExecRequest) {
    this.#request = request;
    this.#template = new CommandTemplate(request.command);
  }

  /** @throws {UsageError} When the command names a column that the input does not have. */
  callOf(input: NumberedInput): ProgramCall {
    const { env } = this.#request;
    const words = this.#words(input);
    const stdin = this.#isPiped ? String(input.value) : undefined;
    return { words, isScript: isScript(words[0] ?? ""), stdin, env };
  }

  /** The command as one line that a shell would read. */
  describe(input: NumberedInput): string {
    if (this.#request.usesShell) return this.#shellLine(input);
    return this.#words(input).map(quoteWord).join(" ");
  }

  /** What marks the output of an input. */
  tagOf(input: NumberedInput): string {
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
