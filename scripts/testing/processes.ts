import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import process from "node:process";

/** How a command ended. */
export type CommandResult = {
  /** Id of its process, and so of its process group; undefined when it could not start. */
  readonly pid: number | undefined;
  /** Exit code; undefined after a signal or when it could not start. */
  readonly code: number | undefined;
  /** Why `code` is not what the command chose; undefined if it ended by itself. */
  readonly ended: string | undefined;
  /** What it wrote to stdout and stderr, in the order it came. */
  readonly output: string;
};

/** Where a command runs and for how long. */
export type CommandOptions = {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
};

/** Between two looks at the processes of the system. */
const pollMs = 20;
/** How long a killed process may take to vanish. */
const killMs = 2000;
/** After the end of a command, for the rest of what it wrote. */
const lastOutputMs = 20;

const running = new Set<number>();

/** Runs a command as the leader of its own process group, and kills the whole group when its time is up. */
export function runCommand(
  command: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const [file = "", ...args] = command;
  const { cwd, env, timeoutMs } = options;
  const child = spawn(file, args, {
    cwd,
    env,
    detached: process.platform !== "win32",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const pid = child.pid;
  const chunks: Uint8Array[] = [];
  let ended: string | undefined;
  const timer = setTimeout(() => {
    ended = `stopped after ${timeoutMs / 1000} s`;
    if (pid !== undefined) killGroup(pid);
  }, timeoutMs);
  if (pid !== undefined) running.add(pid);
  child.stdout.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  return new Promise((resolve) => {
    const finish = (code: number | null, signal: string | null): void => {
      clearTimeout(timer);
      if (pid !== undefined) running.delete(pid);
      if (signal !== null) ended ??= `ended by ${signal}`;
      const output = new TextDecoder().decode(concat(chunks));
      resolve({ pid, code: code ?? undefined, ended, output });
    };
    child.on("error", (error) => {
      ended = `could not start: ${error.message}`;
      finish(null, null);
    });
    // Not "close": a process left behind keeps the pipes open, and must not keep the run waiting.
    child.on("exit", (code, signal) => setTimeout(finish, lastOutputMs, code, signal));
  });
}

/** Kills every command that still runs, with its process group. */
export function killRunning(): void {
  for (const pid of running) killGroup(pid);
}

function killGroup(pid: number): void {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // It ended in between.
  }
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** A process of the run that outlived the command that started it. */
export type Leftover = { readonly pid: number; readonly command: string };

/** By what the processes of a run are known. */
export type Marks = {
  /** Texts of which one is in their environment or command line, and in that of no other process. */
  readonly texts: readonly string[];
  /** Process group of the command that started them. */
  readonly group: number | undefined;
};

/**
 * Kills the processes that outlived their command, after giving them a moment to end. Linux only: elsewhere a process
 * cannot read another's environment, and nothing is found.
 *
 * @param graceMs How long a process that is on its way out may take.
 */
export async function sweepProcesses(marks: Marks, graceMs: number): Promise<Leftover[]> {
  if (process.platform !== "linux") return [];
  const left = await waitUntilGone(marks, graceMs);
  for (const { pid } of left) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended in between.
    }
  }
  await waitUntilGone(marks, killMs);
  return left;
}

/** Gives those that are still there when the time is up. */
async function waitUntilGone(marks: Marks, timeMs: number): Promise<Leftover[]> {
  const deadline = performance.now() + timeMs;
  let found = findProcesses(marks);
  while (found.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    found = findProcesses(marks);
  }
  return found;
}

function findProcesses({ texts, group }: Marks): Leftover[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => pid !== process.pid).flatMap((pid) => {
    const command = readProc(pid, "cmdline");
    // A process that has ended and waits for its parent has no command line left.
    if (command === "") return [];
    const told = command + readProc(pid, "environ");
    const marked = groupOf(pid) === group || texts.some((text) => told.includes(text));
    return marked ? [{ pid, command: command.replaceAll("\0", " ").trim() }] : [];
  });
}

/** The third field after the command's name, which is in parentheses and may hold anything. */
function groupOf(pid: number): number {
  const stat = readProc(pid, "stat");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2] ?? Number.NaN);
}

/** Empty for a process that has ended, or that belongs to somebody else. */
function readProc(pid: number, file: "cmdline" | "environ" | "stat"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
