import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Runs one of the modules in `bench/children` in a process of its own, in this runtime, with `gc()` at hand.
 *
 * @returns What it prints, which is JSON.
 */
export async function runChild(
  runtime: "bun" | "deno",
  name: string,
  args: readonly number[],
): Promise<Record<string, number>> {
  const module = fileURLToPath(new URL(`../children/${name}.ts`, import.meta.url));
  const flags = runtime === "bun"
    ? ["--expose-gc"]
    : ["run", "--quiet", "--allow-all", "--v8-flags=--expose-gc"];
  const { stdout } = await run(process.execPath, [...flags, module, ...args.map(String)]);
  return JSON.parse(stdout);
}
