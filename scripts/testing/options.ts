import { parseArgs } from "node:util";
import type { Runtime } from "./environment.ts";

/** What to run. */
export type TestOptions = {
  readonly runtimes: readonly Runtime[];
  /** Only test files whose path contains this; all when empty. */
  readonly filter: string;
  /** Whether the checks run too: they do when nothing narrows the run. */
  readonly checks: boolean;
};

/**
 * Reads `--runtime bun|deno` and `--filter PATH`.
 *
 * @throws {TypeError} If an option is unknown or has no sensible value.
 */
export function parseOptions(args: readonly string[]): TestOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { runtime: { type: "string" }, filter: { type: "string", default: "" } },
  });
  const { runtime, filter } = values;
  if (runtime !== undefined && runtime !== "bun" && runtime !== "deno") {
    throw new TypeError(`Cannot test under ${runtime}: --runtime is bun or deno`);
  }
  return {
    runtimes: runtime === undefined ? ["bun", "deno"] : [runtime],
    filter: filter.replace(/^\.\//, ""),
    checks: runtime === undefined && filter === "",
  };
}
