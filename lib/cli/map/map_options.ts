import { z } from "zod";
import { UsageError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { parseDuration } from "../duration.ts";
import { inputFormats } from "../input/format.ts";
import type { InputSource } from "../input/open_inputs.ts";

/** What `muster map` was asked for, checked. */
export type MapRequest = {
  readonly module: string;
  readonly source: InputSource | { readonly kind: "stdin" };
  readonly format: z.infer<typeof flagSchema>["format"];
  readonly jobs: number | undefined;
  readonly nodes: readonly string[] | undefined;
  readonly secretFile: string | undefined;
  /** Whether a job may run again when its node was lost. */
  readonly reentrant: boolean;
  readonly isolation: "worker" | "process" | undefined;
  readonly timeoutMs: number | undefined;
  readonly retries: number | undefined;
  readonly halt: "now" | "soon" | "never";
  readonly unordered: boolean;
  readonly raw: boolean;
  readonly json: boolean;
  readonly output: string | undefined;
  readonly joblog: string | undefined;
  readonly resume: boolean;
  readonly retryFailed: boolean;
};

const duration = z.string().transform((text, context) => {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined) return durationMs;
  context.addIssue({ code: "custom", message: "give a duration such as 10s, 1.5m or 250ms" });
  return z.NEVER;
});

function count(min: number, max: number): z.ZodType<number, string> {
  const message = `give a whole number from ${min} to ${max}`;
  return z.string().regex(/^\d+$/, message).transform(Number).refine(
    (value) => value >= min && value <= max,
    message,
  );
}

const flagSchema = z.strictObject({
  input: z.string().min(1, "give a file").optional(),
  format: z.enum(inputFormats).optional(),
  glob: z.array(z.string().min(1, "give a pattern")).optional(),
  jobs: count(1, limits.maxSlots).optional(),
  local: z.boolean().optional(),
  nodes: z.string().min(1, "give a node").optional(),
  secretFile: z.string().min(1, "give a file").optional(),
  reentrant: z.boolean().optional(),
  isolation: z.enum(["worker", "process"]).optional(),
  timeout: duration.optional(),
  retries: count(0, limits.maxRetries).optional(),
  halt: z.enum(["now", "soon", "never"]),
  unordered: z.boolean().optional(),
  raw: z.boolean().optional(),
  json: z.boolean().optional(),
  output: z.string().min(1, "give a file").optional(),
  joblog: z.string().min(1, "give a file").optional(),
  resume: z.boolean().optional(),
  retryFailed: z.boolean().optional(),
});

/**
 * Checks the words and flags of `muster map`.
 *
 * @throws {UsageError} Naming the flag, the value seen, and what to give instead.
 */
export function parseMapRequest(
  module: string,
  values: readonly string[],
  rawFlags: Readonly<Record<string, unknown>>,
): MapRequest {
  const flags = parseFlags(rawFlags);
  const { timeout, input: _input, glob: _glob, ...rest } = flags;
  if ((flags.resume === true || flags.retryFailed === true) && flags.joblog === undefined) {
    const flag = flags.resume === true ? "--resume" : "--retry-failed";
    throw new UsageError(`Cannot use ${flag} alone: add --joblog FILE, the log of the earlier run`);
  }
  if (rest.local === false && rest.jobs !== undefined) {
    throw new UsageError("Cannot use --jobs with --no-local: nodes have the slots they were given");
  }
  if (rest.local === false && rest.nodes === undefined) {
    throw new UsageError("Cannot use --no-local alone: name nodes with --nodes HOST,…");
  }
  return {
    module,
    source: sourceOf(values, flags),
    format: rest.format,
    jobs: rest.local === false ? 0 : rest.jobs,
    nodes: rest.nodes?.split(","),
    secretFile: rest.secretFile,
    reentrant: rest.reentrant ?? false,
    isolation: rest.isolation,
    timeoutMs: timeout,
    retries: rest.retries,
    halt: rest.halt,
    unordered: rest.unordered ?? false,
    raw: rest.raw ?? false,
    json: rest.json ?? false,
    output: rest.output,
    joblog: rest.joblog,
    resume: rest.resume ?? false,
    retryFailed: rest.retryFailed ?? false,
  };
}

type Flags = z.infer<typeof flagSchema>;

function parseFlags(rawFlags: Readonly<Record<string, unknown>>): Flags {
  const parsed = flagSchema.safeParse(rawFlags);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = String(issue?.path[0]);
  const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new UsageError(`Cannot use ${flag} ${String(rawFlags[name])}: ${issue?.message}`);
}

function sourceOf(values: readonly string[], flags: Flags): MapRequest["source"] {
  const given = [
    ...(values.length > 0 ? ["arguments"] : []),
    ...(flags.input !== undefined ? ["--input"] : []),
    ...(flags.glob !== undefined ? ["--glob"] : []),
  ];
  if (given.length > 1) {
    throw new UsageError(
      `Cannot take inputs from ${given.join(" and ")} at once: give one of them`,
    );
  }
  if (flags.glob !== undefined) return { kind: "glob", patterns: flags.glob };
  if (values.length > 0) return { kind: "arguments", values };
  if (flags.input === undefined || flags.input === "-") return { kind: "stdin" };
  return { kind: "file", path: flags.input };
}
