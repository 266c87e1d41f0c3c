import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { findInLog } from "./find_in_log.ts";

/** A node daemon on loopback, in a process of its own, with a folder of keys that this process uses as well. */
export class NodeProcess {
  readonly address: string;
  readonly pid: number;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, address: string) {
    this.#child = child;
    this.address = address;
    this.pid = child.pid ?? -1;
  }

  /**
   * Starts one with so many slots.
   *
   * @param command Program and arguments that run muster; this runtime with the sources by default.
   */
  static async start(slots: number, command = fromSource()): Promise<NodeProcess> {
    benchKeys();
    const [program = "", ...args] = command;
    const child = spawn(program, [...args, "node", "--port", "0", "--cpus", String(slots)], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    return new NodeProcess(child, await findInLog(child.stderr, / slots on ([^\s,]+)/));
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill("SIGTERM");
    await once(this.#child, "exit");
  }
}

/** Gives this process, and what it starts, a folder of keys of its own. */
export function benchKeys(): void {
  if (process.env["MUSTER_HOME"] !== undefined) return;
  const home = mkdtempSync(`${tmpdir()}/muster-bench-keys-`);
  process.once("exit", () => rmSync(home, { recursive: true }));
  process.env["MUSTER_HOME"] = home;
}

/** What runs muster from its sources in this runtime. */
export function fromSource(): string[] {
  const flags = process.versions["bun"] === undefined ? ["run", "--quiet", "--allow-all"] : [];
  return [process.execPath, ...flags, fileURLToPath(new URL("../../cli.ts", import.meta.url))];
}
