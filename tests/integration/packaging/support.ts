/** Empty folders with copies of what is released, and programs run there. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { root } from "../../../scripts/files.ts";

export const isDeno: boolean = "Deno" in globalThis;
export const dist = `${root}/dist`;
const fixtures = `${root}/tests/fixtures/packaging`;

/** A new folder outside the repository; with the files of a fixture in it, whose imports of "muster" get `specifier`. */
export function makeFolder(fixture?: "project" | "commands", specifier = "muster"): string {
  const folder = mkdtempSync(`${realpathSync(tmpdir())}/muster-packaging-`);
  if (fixture === undefined) return folder;
  cpSync(`${fixtures}/${fixture}`, folder, { recursive: true });
  for (const name of readdirSync(folder).filter((name) => name.endsWith(".ts"))) {
    const text = readFileSync(join(folder, name), "utf8");
    const imported = text.replace('from "muster"', `from ${JSON.stringify(specifier)}`)
      .replace('from "muster/job"', `from ${JSON.stringify(jobSpecifier(specifier))}`);
    writeFileSync(join(folder, name), imported);
  }
  return folder;
}

/** By what the module for jobs is found where the library is found by `specifier`. */
function jobSpecifier(specifier: string): string {
  if (/^@?[\w/]+$/.test(specifier)) return `${specifier}/job`;
  return specifier.replace(/(?:mod|muster)(\.[jt]s)$/, "job$1");
}

/** Copies the modules and their types beside the files of a folder. */
export function addModule(folder: string): void {
  for (const name of ["muster.js", "muster.d.ts", "job.js", "job.d.ts"]) {
    cpSync(`${dist}/${name}`, join(folder, name));
  }
}

export type Ended = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type RunOptions = {
  readonly cwd: string;
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
};

/** Runs a program to its end. */
export function run(command: readonly string[], { cwd, env }: RunOptions): Promise<Ended> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => output[name] += text);
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...output }));
  });
}

/** The command that runs a module with the runtime under test. */
export function runtimeCommand(file: string, denoFlags: readonly string[] = []): string[] {
  const flags = isDeno ? ["--allow-all", "--quiet", "--no-lock", ...denoFlags] : [];
  return [process.execPath, "run", ...flags, file];
}

/** Runs a module with the runtime under test and gives what it prints as JSON. */
export async function outputOf(command: readonly string[], options: RunOptions): Promise<unknown> {
  const { code, stdout, stderr } = await run(command, options);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

export const isolations = ["worker", "process"] as const;

/** Runs both programs of the fixture "project" in `folder` with both kinds of isolation, and checks what they print. */
export async function checkProject(
  folder: string,
  denoFlags: readonly string[] = [],
): Promise<void> {
  const command = runtimeCommand("program.ts", denoFlags);
  for (const isolation of isolations) {
    const plain = await outputOf([...command, "self_contained", isolation], { cwd: folder });
    assert.deepEqual(plain, { doubled: 14, inline: [1, 4, 9] });
    const importing = await outputOf([...command, "importing", isolation], { cwd: folder });
    const { tripled, stack } = importing as { readonly tripled: number; readonly stack: string };
    assert.equal(tripled, 21);
    assert.match(stack, /RangeError: below zero: -1/);
    assert.ok(stack.includes(`${join(folder, "program.ts")}:12:`), stack);
  }
}

/** Whether packages can be had from the npm registry, asked through npm itself. */
export function npmAnswers(): boolean {
  const ping = ["ping", "--fetch-retries=0", "--fetch-timeout=10000"];
  return spawnSync("npm", ping, { stdio: "ignore" }).status === 0;
}

/** Whether Deno has the packages of a module, from its cache or the npm registry; true in Bun, which needs none. */
export function denoFinds(module: string, flags: readonly string[] = []): boolean {
  if (!isDeno) return true;
  const command = ["cache", "--quiet", "--no-lock", ...flags, module];
  return spawnSync(process.execPath, command, { cwd: tmpdir(), stdio: "ignore" }).status === 0;
}
