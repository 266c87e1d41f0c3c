/**
 * Runs a program beside the jobs: the function that `muster exec` ships, in parts that must stand by themselves, for
 * they travel as their own texts. So nothing is imported, and what they need of the runtime they ask of `process`.
 */
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";

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
  /** Bytes of each stream that its end has in itself; if there are more, they are in a file. */
  readonly maxKeptBytes: number;
  /**
   * Whether its output is also printed as it comes, after a mark: each byte as the character of that number, so that
   * none is lost where what jobs print is taken for text.
   */
  readonly isLive: boolean;
};

/** What a program wrote to one stream: the bytes, or the file that has them where it ran. */
export type ProgramOutput = Uint8Array | {
  readonly folder: string;
  readonly name: string;
};

/** How a program ended. */
export type ProgramEnd = {
  /** Exit code, as shells have it where it could not be started: 127 not found, 126 not allowed. */
  readonly code: number;
  /** What ended it; empty if it ended by itself. */
  readonly signal: string;
  /** Why it could not be started; empty if it could. */
  readonly problem: string;
  readonly stdout: ProgramOutput;
  readonly stderr: ProgramOutput;
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
      watchProgram(child, call, resolve);
      // It may end before it has read everything.
      child.stdin?.on("error", () => {}).end(stdin);
    } catch (error) {
      resolve(unstartable(program, error as NodeJS.ErrnoException));
    }
  });
}

function watchProgram(
  child: ChildProcess,
  { words: [program = ""], maxKeptBytes, isLive }: ProgramCall,
  resolve: (end: ProgramEnd) => void,
): void {
  const stdout = collectOutput(child.stdout, maxKeptBytes, isLive ? process.stdout : undefined);
  const stderr = collectOutput(child.stderr, maxKeptBytes, isLive ? process.stderr : undefined);
  child.on("error", (error) => resolve(unstartable(program, error)));
  // Not at its exit: what it wrote last may still be in the pipes.
  child.on("close", (code, signal) => {
    resolve({
      code: code ?? 1,
      signal: signal ?? "",
      problem: "",
      stdout: stdout(),
      stderr: stderr(),
    });
  });
}

/** Gathers what comes from a stream; what it gives has to be called when the stream has ended. */
function collectOutput(
  stream: Readable | null,
  maxKeptBytes: number,
  live: NodeJS.WriteStream | undefined,
): () => ProgramOutput {
  const { openSync, closeSync } = process.getBuiltinModule("node:fs");
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  let spill: { readonly file: number; readonly folder: string; readonly name: string } | undefined;
  live?.write("\u0100");
  stream?.on("data", (chunk: Buffer) => {
    live?.write(chunk.toString("latin1"));
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes <= maxKeptBytes) return;
    if (spill === undefined) {
      const place = spillPlace();
      spill = { ...place, file: openSync(`${place.folder}/${place.name}`, "wx", 0o600) };
    }
    writeFully(spill.file, Buffer.concat(chunks));
    chunks = [];
  });
  return () => {
    if (spill === undefined) return new Uint8Array(Buffer.concat(chunks));
    closeSync(spill.file);
    return { folder: spill.folder, name: spill.name };
  };
}

/** A new file in the folder that muster has for this. */
function spillPlace(): { readonly folder: string; readonly name: string } {
  const { mkdirSync } = process.getBuiltinModule("node:fs");
  const place = (globalThis as Record<symbol, { readonly scratch?: string } | undefined>)[
    Symbol.for("muster.job")
  ];
  const folder = place?.scratch ?? ".";
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { folder, name: `output-${crypto.randomUUID()}` };
}

function writeFully(file: number, bytes: Uint8Array): void {
  const { writeSync } = process.getBuiltinModule("node:fs");
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
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
  const parts = [
    startProgram,
    watchProgram,
    collectOutput,
    spillPlace,
    writeFully,
    unstartable,
    scriptCommand,
  ];
  return Object.fromEntries(parts.map((part) => [part.name, part]));
}
