import { z } from "zod";
import { UsageError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { checkFlags, runFlags, type RunRequest, runRequest } from "../run/run_flags.ts";
import { splitCommand } from "./word_sources.ts";

/** What `muster exec` was asked for, checked. */
export type ExecRequest = RunRequest & {
  /** The program and its arguments, with placeholders. */
  readonly command: readonly string[];
  /** Words after `:::`, a list for each. */
  readonly wordSources: readonly (readonly string[])[];
  readonly columnSeparator: RegExp | undefined;
  readonly usesShell: boolean;
  /** Size of the blocks that programs read from their standard input; undefined: inputs are arguments. */
  readonly blockBytes: number | undefined;
  readonly keepsOrder: boolean;
  readonly tags: boolean;
  /** Whether output is given line by line as it comes, instead of job by job. */
  readonly isLive: boolean;
  /** Paths, with placeholders, of files that are fetched from nodes. */
  readonly returns: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly dryRun: boolean;
};

const separator = z.string().min(1, "give a separator").transform((text, context) => {
  try {
    return new RegExp(text, "u");
  } catch {
    context.addIssue({ code: "custom", message: "give a regular expression such as , or '\\t'" });
    return z.NEVER;
  }
});

const unitBytes = { "": 1, k: 1024, m: 1024 ** 2 } as const;
const sizeMessage = "give a size such as 64k or 4m";

const size = z.string().regex(/^\d{1,9}[km]?$/i, sizeMessage).transform((text) => {
  const unit = /[km]?$/i.exec(text)?.[0].toLowerCase() ?? "";
  return parseInt(text, 10) * unitBytes[unit as keyof typeof unitBytes];
}).refine((bytes) => bytes >= 1 && bytes <= limits.maxBlockBytes, sizeMessage);

const variable = z.string().regex(/^[^=\0]+=[^\0]*$/, "give NAME=VALUE");

const flagSchema = z.strictObject({
  ...runFlags,
  colsep: separator.optional(),
  shell: z.boolean().optional(),
  pipe: z.boolean().optional(),
  block: size.optional(),
  keepOrder: z.boolean().optional(),
  tag: z.boolean().optional(),
  lineBuffer: z.boolean().optional(),
  return: z.array(z.string().min(1, "give a path")).optional(),
  env: z.array(variable).optional(),
  dryRun: z.boolean().optional(),
});

/**
 * Checks the words and flags of `muster exec`.
 *
 * @throws {UsageError} Naming the flag, the value seen, and what to give instead.
 */
export function parseExecRequest(
  words: readonly string[],
  rawFlags: Readonly<Record<string, unknown>>,
): ExecRequest {
  const flags = checkFlags(flagSchema, rawFlags);
  const { command, sources } = splitCommand(words);
  if (flags.block !== undefined && flags.pipe !== true) {
    throw new UsageError("Cannot use --block alone: add --pipe, for blocks are read from a pipe");
  }
  if (flags.pipe === true && flags.colsep !== undefined) {
    throw new UsageError("Cannot use --colsep with --pipe: a program on a pipe reads whole lines");
  }
  if (flags.lineBuffer === true && flags.keepOrder === true) {
    throw new UsageError(
      "Cannot use --line-buffer with --keep-order: lines come as they are written",
    );
  }
  const request = runRequest(flags, sources.flat());
  return {
    ...request,
    // Programs mostly read files: they do not go to other machines unless somebody has thought of that.
    discover: asksForNodes(request, flags.return) ? request.discover : false,
    command,
    wordSources: sources,
    columnSeparator: flags.colsep,
    usesShell: flags.shell ?? false,
    blockBytes: flags.pipe === true ? flags.block ?? limits.defaultBlockBytes : undefined,
    keepsOrder: flags.keepOrder ?? false,
    tags: flags.tag ?? false,
    isLive: flags.lineBuffer ?? false,
    returns: flags.return ?? [],
    env: Object.fromEntries((flags.env ?? []).map(splitVariable)),
    dryRun: flags.dryRun ?? false,
  };
}

function asksForNodes(
  { nodes, join, listen, jobs, depends }: RunRequest,
  returns: readonly string[] | undefined,
): boolean {
  const isNamed = nodes !== undefined || join !== undefined || listen !== undefined;
  return isNamed || jobs === 0 || depends.length > 0 || returns !== undefined;
}

function splitVariable(text: string): [name: string, value: string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}
