/** The executable, run where there is no runtime, no package and nothing of this repository. */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { root } from "../../../scripts/files.ts";
import type { Ended } from "./support.ts";

const system = process.platform === "win32" ? "windows" : process.platform;
export const binaryName = `muster-${system}-${process.arch}${system === "windows" ? ".exe" : ""}`;

const unshare = "/usr/bin/unshare";

/** Whether folders can be hidden from a program; if not, an empty PATH and an empty folder must do. */
export const canHide: boolean = process.platform === "linux" && process.getuid?.() === 0 &&
  spawnSync(unshare, ["--mount", "/bin/true"]).status === 0;

/** Of the repository, and of the user, where runtimes keep what they have fetched. */
export const hiddenFolders: readonly string[] = [
  ...new Set([root, userInfo().homedir, homedir()]),
];

/** Mounts something empty over each folder named before `--`, then becomes the program named after it. */
const hideScript =
  'while [ "$1" != -- ]; do /bin/mount -t tmpfs none "$1" || exit 99; shift; done; shift; exec "$@"';

export class BareHost {
  readonly #folder: string;
  readonly #binary: string;

  /** Copies the executable into `folder`, where programs are then run. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#binary = join(folder, binaryName);
    cpSync(join(root, "build", binaryName), this.#binary);
    for (const name of ["empty", "temp"]) mkdirSync(join(folder, name));
  }

  /** Runs the executable to its end. */
  muster(...args: string[]): Promise<Ended> {
    return this.run([this.#binary, ...args]);
  }

  /** As {@link BareHost.muster}, and gives the seconds of CPU time used by it and all it started. */
  async timed(...args: string[]): Promise<Ended & { readonly cpuSeconds: number }> {
    const script = '"$@"; code=$?; times >&2; exit $code';
    const ended = await this.run(["/bin/sh", "-c", script, "sh", this.#binary, ...args]);
    const times = ended.stderr.trimEnd().split("\n").at(-1) ?? "";
    const parts = [...times.matchAll(/(\d+)m([\d.]+)s/g)];
    const cpuSeconds = parts.reduce((sum, [, min, sec]) => sum + Number(min) * 60 + Number(sec), 0);
    return { ...ended, cpuSeconds };
  }

  /**
   * Runs a program to its end.
   *
   * @param onOutput Told of the first output, with the process that has given it.
   */
  run(command: readonly string[], onOutput?: (pid: number) => void): Promise<Ended> {
    const hide = [unshare, "--mount", "/bin/sh", "-c", hideScript, "sh", ...hiddenFolders, "--"];
    const [program = "", ...args] = canHide ? [...hide, ...command] : command;
    const child = spawn(program, args, {
      cwd: this.#folder,
      env: {
        PATH: join(this.#folder, "empty"),
        HOME: join(this.#folder, "empty"),
        TMPDIR: join(this.#folder, "temp"),
        TESTS_OF_MUSTER_RUN: process.env["TESTS_OF_MUSTER_RUN"] ?? "",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        if (output.stdout + output.stderr === "" && child.pid !== undefined) onOutput?.(child.pid);
        output[name] += text;
      });
    }
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, ...output }));
    });
  }
}
