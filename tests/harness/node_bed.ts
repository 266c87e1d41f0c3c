import assert from "node:assert/strict";
import type { RunningProcess } from "./running_process.ts";
import type { Runner } from "./runners.ts";
import { TestBed } from "./test_bed.ts";

/** A node daemon that a test has started. */
export type StartedNode = { readonly process: RunningProcess; readonly address: string };

/** A bed whose programs share a folder of keys, and whose nodes listen on free ports of loopback. */
export class NodeBed extends TestBed {
  /** Folder of their keys. */
  readonly home = `${this.folder}/keys`;
  readonly env: Readonly<Record<string, string>> = { MUSTER_HOME: this.home };

  /** Starts a node and waits until it listens; gives it with its address. */
  async node(
    flags: readonly string[] = [],
    env: Readonly<Record<string, string>> = this.env,
  ): Promise<StartedNode> {
    return await listening(this.start(["node", "--port", "0", ...flags], { env, stdin: null }));
  }

  /** As {@link node}, run by something else than the bed's runner. */
  async nodeOf({ command }: Runner, flags: readonly string[]): Promise<StartedNode> {
    const args = [...command, "node", "--port", "0", ...flags];
    return await listening(this.spawn(args, { env: this.env, stdin: null }));
  }
}

async function listening(process: RunningProcess): Promise<StartedNode> {
  await process.until("the node listens", () => / slots on /.test(process.stderr));
  const address = / slots on ([^\s,]+)/.exec(process.stderr)?.[1] ?? "";
  return { process, address };
}

/** Ends a node by SIGTERM, as an operator does. */
export async function stopNode(node: RunningProcess): Promise<void> {
  node.kill("SIGTERM");
  assert.equal((await node.ended()).code, 143);
}
