/**
 * Runs a program beside the jobs: the function that `muster exec` ships, in parts that must stand by themselves, for
 * they travel as their own texts. So nothing is imported, and what they need of the runtime they ask of `process`.
 */
import type { ChildProcess } from "node:child_process";

/** One start of a program. */
export type ProgramCall = {
  /** The program and its arguments. */
  readonly words: readonly string[];
  /** Whether the program is a script that the runtime of the job runs. */
  readonly isScript: boolean;
  /** What its standard input reads; undefined: nothing. */
  readonly stdin: string | undefined;
  /** Added to the environment of the job. */
  readonly env: Readonly<Record<string, string>>;
};

/** How a program ended. */
export type ProgramEnd = {
  /** Exit code, as shells have it where it could not be started: 127 not found, 126 not allowed. */
  readonly code: number;
  /** What ended it; empty if it ended by itself. */
  readonly signal: string;
  /** Why it could not be started; empty if it could. */
  readonly problem: string;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
};

/** Runs the program; throws an error whose cause is the {@link ProgramEnd} unless its exit code is 0. */
export async function runProgram(call: ProgramCall): Promise<ProgramEnd> {
  const end = await startProgram(call);
  if (end.code === 0 && end.signal === "") return end;
  const why = end.problem === "" ? "" : `: ${end.problem}`;
  const how = end.signal === "" ? `exit code ${end.code}${why}` : `signal ${end.signal}`;
  const error = new Error(how, { cause: end });
  error.name = "ProgramError";
  // It was not the code around it that failed.
  error.stack = `ProgramError: ${how}`;
  throw error;
}

function startProgram(call: ProgramCall): Promise<ProgramEnd> {
  const { words, stdin, env } = call;
  const { spawn } = process.getBuiltinModule("node:child_process");
  const [program = "", ...args] = call.isScript ? scriptCommand(words) : words;
  return new Promise((resolve) => {
    try {
      const child = spawn(program, args, {
        stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
        env: { ...process.env, ...env, ...(call.isScript && { BUN_BE_BUN: "1" }) },
      });
      watchProgram(child, program, resolve);
      // It may end before it has read everything.
      child.stdin?.on("error", () => {}).end(stdin);
    } catch (error) {
      resolve(unstartable(program, error as NodeJS.ErrnoException));
    }
  });
}

function watchProgram(
  child: ChildProcess,
  program: string,
  resolve: (end: ProgramEnd) => void,
): void {
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  child.stdout?.on("data", (chunk: Uint8Array) => out.push(chunk));
  child.stderr?.on("data", (chunk: Uint8Array) => err.push(chunk));
  child.on("error", (error) => resolve(unstartable(program, error)));
  // Not at its exit: what it wrote last may still be in the pipes.
  child.on("close", (code, signal) => {
    resolve({
      code: code ?? 1,
      signal: signal ?? "",
      problem: "",
      stdout: new Uint8Array(Buffer.concat(out)),
      stderr: new Uint8Array(Buffer.concat(err)),
    });
  });
}

function unstartable(program: string, error: NodeJS.ErrnoException): ProgramEnd {
  const isMissing = error.code === "ENOENT";
  const problem = isMissing
    ? `no program ${program}`
    : `${program} cannot be run, ${error.message}`;
  const nothing = new Uint8Array();
  return { code: isMissing ? 127 : 126, signal: "", problem, stdout: nothing, stderr: nothing };
}

function scriptCommand(words: readonly string[]): string[] {
  const flags = process.versions["deno"] === undefined
    ? ["run", "--no-install"]
    : ["run", "--allow-all", "--quiet", "--no-prompt"];
  const [script = "", ...args] = words;
  // Without a folder it could be the name of something else.
  const path = /[\\/]/.test(script) ? script : `./${script}`;
  return [process.execPath, ...flags, path, ...args];
}

/** What {@link runProgram} uses, by the names that it uses it by: a bundler may have changed them. */
export function programParts(): Readonly<Record<string, unknown>> {
  const parts = [startProgram, watchProgram, unstartable, scriptCommand];
  return Object.fromEntries(parts.map((part) => [part.name, part]));
}
