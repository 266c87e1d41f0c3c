import { z } from "zod";
import { memoryLimitSchema } from "../../client/memory_limit.ts";
import type { Requirements } from "../../client/requirements.ts";
import { isSecretInPlace } from "../../net/key_files.ts";
import { UsageError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { parseDuration } from "../duration.ts";
import { type InputFormat, inputFormats } from "../input/format.ts";
import type { InputSource } from "../input/open_inputs.ts";
import { requireFlag } from "./require_flag.ts";
import { type Suite, suiteNames } from "../../wire/handshake.ts";

/** What happens at the first failure: everything stops, nothing more begins, or the run goes on. */
export type Halt = "now" | "soon" | "never";

/** What every command that runs a job for each input was asked for, checked. */
export type RunRequest = {
  readonly source: InputSource | { readonly kind: "stdin" };
  readonly format: InputFormat | undefined;
  readonly jobs: number | undefined;
  readonly nodes: readonly string[] | undefined;
  /** False: nodes are not searched for. Undefined: they are, if there is a secret. */
  readonly discover: false | undefined;
  readonly join: readonly string[] | undefined;
  /** Where nodes that dial come in. */
  readonly listen: string | undefined;
  /** What nodes must be to be given jobs. */
  readonly require: Requirements | undefined;
  readonly secretFile: string | undefined;
  /** Patterns of files that nodes are sent. */
  readonly depends: readonly string[];
  readonly cipher: Suite | undefined;
  /** Whether a job may run again when its node was lost. */
  readonly reentrant: boolean;
  readonly timeoutMs: number | undefined;
  /** As in "512MB". */
  readonly memoryLimit: string | undefined;
  readonly retries: number | undefined;
  readonly halt: Halt;
  readonly json: boolean;
  readonly joblog: string | undefined;
  readonly resume: boolean;
  readonly retryFailed: boolean;
};

/** A time, in milliseconds. */
export const durationFlag = z.string().transform((text, context) => {
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

/** A flag that names a file. */
export const fileFlag = z.string().min(1, "give a file").optional();

/** The flags that these commands share. */
export const runFlags = {
  input: fileFlag,
  format: z.enum(inputFormats).optional(),
  glob: z.array(z.string().min(1, "give a pattern")).optional(),
  jobs: count(1, limits.maxSlots).optional(),
  local: z.boolean().optional(),
  nodes: z.string().min(1, "give a node").optional(),
  discover: z.boolean().optional(),
  join: z.array(z.string().min(1, "give a host")).optional(),
  listen: z.string().min(1, "give a port, an address or address:port").optional(),
  require: requireFlag.optional(),
  secretFile: fileFlag,
  depends: z.array(z.string().min(1, "give a path")).optional(),
  cipher: z.enum(suiteNames).optional(),
  reentrant: z.boolean().optional(),
  timeout: durationFlag.optional(),
  memoryLimit: memoryLimitSchema.transform(String).optional(),
  retries: count(0, limits.maxRetries).optional(),
  halt: z.enum(["now", "soon", "never"]),
  json: z.boolean().optional(),
  joblog: fileFlag,
  resume: z.boolean().optional(),
  retryFailed: z.boolean().optional(),
};

const runSchema = z.object(runFlags);
type RunFlags = z.infer<typeof runSchema>;

/**
 * Checks the flags of a command.
 *
 * @throws {UsageError} Naming the flag, the value seen, and what to give instead.
 */
export function checkFlags<Schema extends z.ZodType>(
  schema: Schema,
  rawFlags: Readonly<Record<string, unknown>>,
): z.infer<Schema> {
  const parsed = schema.safeParse(rawFlags);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = String(issue?.path[0]);
  const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new UsageError(`Cannot use ${flag} ${String(rawFlags[name])}: ${issue?.message}`);
}

/**
 * Reads the shared flags.
 *
 * @param values Inputs that were given as words.
 * @throws {UsageError} When flags exclude each other.
 */
export function runRequest(flags: RunFlags, values: readonly string[]): RunRequest {
  if ((flags.resume === true || flags.retryFailed === true) && flags.joblog === undefined) {
    const flag = flags.resume === true ? "--resume" : "--retry-failed";
    throw new UsageError(`Cannot use ${flag} alone: add --joblog FILE, the log of the earlier run`);
  }
  if (flags.local === false && flags.jobs !== undefined) {
    throw new UsageError("Cannot use --jobs with --no-local: nodes have the slots they were given");
  }
  checkNodeFlags(flags);
  return {
    source: sourceOf(values, flags),
    format: flags.format,
    jobs: flags.local === false ? 0 : flags.jobs,
    nodes: flags.nodes?.split(","),
    discover: flags.discover === false ? false : undefined,
    join: flags.join,
    listen: flags.listen,
    require: flags.require,
    secretFile: flags.secretFile,
    depends: flags.depends ?? [],
    cipher: flags.cipher,
    reentrant: flags.reentrant ?? false,
    timeoutMs: flags.timeout,
    memoryLimit: flags.memoryLimit,
    retries: flags.retries,
    halt: flags.halt,
    json: flags.json ?? false,
    joblog: flags.joblog,
    resume: flags.resume ?? false,
    retryFailed: flags.retryFailed ?? false,
  };
}

function checkNodeFlags({ local, discover, nodes, join, listen, secretFile }: RunFlags): void {
  if (discover === false && join !== undefined) {
    throw new UsageError("Cannot use --join with --no-discover: nothing is searched then");
  }
  if (local !== false || nodes !== undefined || join !== undefined || listen !== undefined) return;
  if (discover === false) {
    throw new UsageError(
      "Cannot use --no-local with --no-discover: name nodes with --nodes HOST,…, or let them dial with --listen",
    );
  }
  if (!isSecretInPlace({ secretFile })) {
    throw new UsageError(
      "Cannot use --no-local alone: without a secret no nodes are found; make one with " +
        '"muster keygen", name nodes with --nodes HOST,…, or let them dial with --listen',
    );
  }
}

/**
 * Where inputs come from: words, a file, patterns, or standard input.
 *
 * @throws {UsageError} When several of them are given.
 */
export function sourceOf(
  values: readonly string[],
  flags: Pick<RunFlags, "input" | "glob">,
): RunRequest["source"] {
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
