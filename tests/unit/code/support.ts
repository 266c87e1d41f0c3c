import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Computation } from "../../../lib/code/computation.ts";
import { mapStack } from "../../../lib/code/map_stack.ts";
import { CodeError } from "../../../lib/proto/errors.ts";
import { loadComputation, portableStack } from "../../../lib/runtime/load.ts";

/** Path of a file of the fixture project. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/code/project/${name}`, import.meta.url));
}

/** `path:line` of the line of a fixture that ends in `// mark: <mark>`. */
export function marked(name: string, mark: string): string {
  const path = fixture(name);
  const lines = readFileSync(path, "utf8").split("\n");
  const index = lines.findIndex((line) => line.endsWith(`// mark: ${mark}`));
  assert.notEqual(index, -1, `${name} has no mark '${mark}'`);
  return `${path}:${index + 1}`;
}

/** Loads a computation beside the test and calls it. */
export function run(computation: Computation, ...args: unknown[]): Promise<unknown> {
  return runIn(".", computation, ...args);
}

/** Loads a computation for jobs in a folder, and calls it. */
export async function runIn(
  dir: string,
  computation: Computation,
  ...args: unknown[]
): Promise<unknown> {
  const job = await loadComputation(computation, dir);
  return await job(...args);
}

/** The mapped frames of what a computation throws. */
export async function framesOf(computation: Computation, ...args: unknown[]): Promise<string[]> {
  try {
    await run(computation, ...args);
  } catch (error) {
    assert.ok(error instanceof Error);
    const stack = mapStack(portableStack(error.stack ?? ""), computation);
    return stack.split("\n").filter((line) => /^\s+at /.test(line)).map((line) => line.trim());
  }
  assert.fail("nothing was thrown");
}

/** The message of the `CodeError` that making a computation ends in. */
export async function refusal(making: Promise<unknown>): Promise<string> {
  try {
    await making;
  } catch (error) {
    assert.ok(error instanceof CodeError, `not a CodeError: ${error}`);
    return error.message;
  }
  assert.fail("nothing was refused");
}

/** Writes files into a folder of their own, calls `use` with it and takes the folder away. */
export async function withProject(
  files: Readonly<Record<string, string>>,
  use: (path: (name: string) => string) => Promise<void>,
): Promise<void> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "muster-code-")));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    await use((name) => join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}
