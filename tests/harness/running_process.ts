import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { familyCpuMs, familyOf, peakMemoryKb } from "./proc_stats.ts";

/** How a process ended. */
export type Ended = {
  /** Exit code; undefined after a signal. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** The most memory it held itself, in kilobytes; 0 when it was too short to be seen. */
  readonly peakKb: number;
};

/** What a process is started with. */
export type ProcessOptions = {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Given to its standard input, which is then closed; `null` leaves it open. @default "" */
  readonly stdin?: string | null;
  /** When it is killed, and waiting for it fails. @default 60000 */
  readonly deadlineMs?: number;
};

const memoryPollMs = 20;

/** A process that a test has started; its bed sees to it that nothing of it is left. */
export class RunningProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  readonly #watchers = new Set<() => void>();
  #stdout = "";
  #stderr = "";
  #peakKb = 0;

  constructor(command: readonly string[], options: ProcessOptions) {
    const [program = "", ...args] = command;
    const { cwd, env, stdin = "", deadlineMs = 60_000 } = options;
    // A group of its own, so that a signal to it is one from a terminal.
    const child = spawn(program, args, { cwd, env, detached: true });
    this.#child = child;
    child.stdout.setEncoding("utf8").on(
      "data",
      (text: string) => this.#take(() => this.#stdout += text),
    );
    child.stderr.setEncoding("utf8").on(
      "data",
      (text: string) => this.#take(() => this.#stderr += text),
    );
    // It may end before it has read everything.
    child.stdin.on("error", () => {});
    if (stdin !== null) child.stdin.end(stdin);
    this.#ended = this.#wait(command, deadlineMs);
    this.#ended.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Itself and all that it started, as far as they live. */
  get family(): number[] {
    return familyOf(this.pid);
  }

  /** CPU time of itself and all that it started, in milliseconds. */
  get cpuMs(): number {
    return familyCpuMs(this.pid);
  }

  /** Reads its standard error no more, like a reader that has ended. */
  closeStderr(): void {
    this.#child.stderr?.destroy();
  }

  /** Writes to its standard input. */
  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Closes its standard input. */
  closeStdin(): void {
    this.#child.stdin?.end();
  }

  /** Closes what reads its standard output, as `| head -1` does. */
  closeStdout(): void {
    this.#child.stdout?.destroy();
  }

  /** Signals the process alone. */
  kill(signal: NodeJS.Signals): void {
    // By its number: Deno would report the signal as what ended it, whatever the process makes of it.
    process.kill(this.pid, signal);
  }

  /** Waits for its end. */
  ended(): Promise<Ended> {
    return this.#ended;
  }

  /** Waits until something holds; looks again whenever there is output, and now and then. */
  async until(what: string, holds: () => boolean, deadlineMs = 20_000): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!holds()) {
      if (performance.now() > deadline) {
        throw new Error(`Waited in vain until ${what}\n${this.#stdout}\n${this.#stderr}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, 20);
        const watchers = this.#watchers;
        function done(): void {
          clearTimeout(timer);
          watchers.delete(done);
          resolve();
        }
        watchers.add(done);
      });
    }
  }

  #take(keep: () => void): void {
    keep();
    for (const watcher of [...this.#watchers]) watcher();
  }

  #wait(command: readonly string[], deadlineMs: number): Promise<Ended> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const poll = setInterval(() => {
        this.#peakKb = Math.max(this.#peakKb, peakMemoryKb(this.pid) ?? 0);
      }, memoryPollMs);
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        reject(
          new Error(
            `${
              command.join(" ")
            } did not end in ${deadlineMs} ms\n${this.#stdout}\n${this.#stderr}`,
          ),
        );
      }, deadlineMs);
      const stop = (): void => {
        clearInterval(poll);
        clearTimeout(timer);
      };
      child.on("error", (error) => {
        stop();
        reject(error);
      });
      // Deno waits for all three streams, and nobody reads this one any more.
      child.on("exit", () => child.stdin?.destroy());
      child.on("close", (code, signal) => {
        stop();
        resolve({
          code: code ?? undefined,
          signal: signal ?? undefined,
          stdout: this.#stdout,
          stderr: this.#stderr,
          peakKb: this.#peakKb,
        });
      });
    });
  }
}
