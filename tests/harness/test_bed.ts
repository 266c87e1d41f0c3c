import { randomUUID } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { root } from "../../scripts/files.ts";
import { sweepProcesses } from "../../scripts/testing/processes.ts";
import { type Ended, type ProcessOptions, RunningProcess } from "./running_process.ts";
import { type Runner, scriptCommand } from "./runners.ts";

type StartOptions = Partial<Omit<ProcessOptions, "cwd">>;

/** How long what a test started may take to end after it. */
const graceMs = 3000;

/**
 * A folder of its own for one test, and the processes that the test starts there. At its end nothing may be left alive:
 * what is left is killed, and the test fails.
 */
export class TestBed implements AsyncDisposable {
  /** Absolute, without links. */
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), "muster-bed-")));
  readonly #mark = `TESTS_OF_MUSTER_BED=${randomUUID()}`;
  readonly #runner: Runner | undefined;
  readonly #processes: RunningProcess[] = [];

  /** @param runner Starts `muster`; not needed where only scripts are run. */
  constructor(runner?: Runner) {
    this.#runner = runner;
  }

  /** Writes a file and gives its path. */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Reads a file as text. */
  read(name: string): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  /** Copies a file of `tests/fixtures/jobs` into the folder, under the same name. */
  useJobs(name = "jobs.ts"): void {
    cpSync(join(root, "tests/fixtures/jobs", name), join(this.folder, name));
  }

  /** Starts `muster` in the folder. */
  start(args: readonly string[], options: StartOptions = {}): RunningProcess {
    if (this.#runner === undefined) throw new Error("Cannot start muster: the bed has no runner");
    return this.spawn([...this.#runner.command, ...args], options);
  }

  /** Runs `muster` to its end. */
  muster(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
    return this.start(args, options).ended();
  }

  /** Starts a script with the runtime of the tests. */
  script(path: string, args: readonly string[] = [], options: StartOptions = {}): RunningProcess {
    return this.spawn([...scriptCommand, path, ...args], options);
  }

  /** Starts any program in the folder. */
  spawn(command: readonly string[], { env = {}, ...rest }: StartOptions = {}): RunningProcess {
    const [name = "", value = ""] = this.#mark.split("=");
    const started = new RunningProcess(command, {
      cwd: this.folder,
      env: { ...inherited(), [name]: value, ...env },
      ...rest,
    });
    this.#processes.push(started);
    return started;
  }

  /** Ends what is left, and throws if something was. */
  async [Symbol.asyncDispose](): Promise<void> {
    const left = await sweepProcesses({ texts: [this.#mark], group: undefined }, graceMs);
    await Promise.all(this.#processes.map((each) => each.ended().catch(() => undefined)));
    rmSync(this.folder, { recursive: true, force: true });
    if (left.length === 0) return;
    const lines = left.map(({ pid, command }) => `${pid}: ${command}`).join("\n");
    throw new Error(`Left alive after the test:\n${lines}`);
  }
}

/** The environment without what would colour or redirect a program's output. */
function inherited(): Record<string, string> {
  const { FORCE_COLOR: _force, NO_COLOR: _no, ...rest } = process.env;
  const entries = Object.entries({ ...rest, TERM: "xterm" });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => {
    return entry[1] !== undefined;
  }));
}
