import { join } from "node:path";
import type { Code } from "../proto/executor.ts";
import { ownFolder } from "../proto/files.ts";
import type { LocalPoolOptions } from "../slots/local_pool.ts";
import type { NodeParts } from "./node_parts.ts";

/** What a client's jobs need. */
export type SessionNeeds = {
  readonly code: Code;
  /** The folder with their files. */
  readonly dir: string;
  /** Whether the client is told what they print while they run. */
  readonly live: boolean;
  /** Whether they need a process each. */
  readonly needsProcesses: boolean;
};

/** Slots of the whole node for one client. */
export function sessionPoolOptions(
  { name, facts, platform, isolation, folder }: NodeParts,
  { code, dir, live, needsProcesses }: SessionNeeds,
): LocalPoolOptions {
  return {
    slots: facts.slots,
    isolation: isolation === "worker" && !needsProcesses ? "shared" : "process",
    platform,
    code: Promise.resolve(code),
    live,
    folder,
    place: { dir, nodeName: name, scratch: join(dir, ownFolder) },
    cwd: dir,
  };
}
