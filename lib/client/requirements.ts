import process from "node:process";
import { z } from "zod";
import type { Platform } from "../platform/types.ts";
import { limits } from "../proto/limits.ts";
import type { NodeFacts } from "../proto/node_messages.ts";

const tagForm = "give words of letters, digits and . _ : / @ + -";

/** A word that a node is given, for clients to choose it by. */
export const tagSchema = z.string({ error: tagForm }).regex(/^[\w.:/@+-]+$/, tagForm).refine(
  (tag) => new TextEncoder().encode(tag).length <= limits.maxTagBytes,
  `give words of at most ${limits.maxTagBytes} bytes`,
);

/** What a node must be to be given jobs; whatever is left out may be anything. */
export type Requirements = {
  /** Words that its operator gave it by `--tag`, all of them. Local slots have none. */
  readonly tags?: readonly string[] | undefined;
  /** Its operating system. */
  readonly platform?: "linux" | "darwin" | "win32" | undefined;
  readonly arch?: "x64" | "arm64" | undefined;
  /** What runs the jobs. */
  readonly runtime?: "bun" | "deno" | undefined;
};

function choiceOf<T extends string>(...words: [T, ...T[]]): z.ZodOptional<z.ZodType<T>> {
  return z.enum(words, { error: `give ${words.join(" or ")}` }).optional() as z.ZodOptional<
    z.ZodType<T>
  >;
}

/** Checks {@link Requirements}. */
export const requirementsSchema = z.strictObject({
  tags: z.array(tagSchema).max(limits.maxTags).optional(),
  platform: choiceOf("linux", "darwin", "win32"),
  arch: choiceOf("x64", "arm64"),
  runtime: choiceOf("bun", "deno"),
});

/** What requirements look at. */
export type MatchedFacts = Pick<NodeFacts, "tags" | "platform" | "arch" | "runtime">;

/** This process, as the place of local slots. */
export function localFacts({ name }: Platform): MatchedFacts {
  return { tags: [], platform: process.platform, arch: process.arch, runtime: name };
}

/** What keeps a node from meeting the requirements, as in "tag gpu is missing"; undefined if it meets them. */
export function whyUnsuitable(require: Requirements, facts: MatchedFacts): string | undefined {
  const missing = require.tags?.find((tag) => !facts.tags.includes(tag));
  if (missing !== undefined) return `tag ${missing} is missing`;
  for (const key of ["platform", "arch", "runtime"] as const) {
    const wanted = require[key];
    if (wanted !== undefined && facts[key] !== wanted) {
      return `its ${key} is ${facts[key]}, not ${wanted}`;
    }
  }
  return undefined;
}
