import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openSqliteJournal } from "../../journal/sqlite.ts";
import type { JournalState } from "../../journal/types.ts";
import { UsageError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import { DiskOutbox } from "./disk_outbox.ts";

const keyBytes = 16;
const keyPattern = /^[0-9a-f]{32}$/;

/**
 * Opens what a node keeps over its restarts. Nodes of one host have folders of their own below `folder`: the first one
 * that no other node uses, so that a node that is started again finds its own.
 *
 * @param onState Told when results cannot be kept for now, and when they can again.
 * @throws {UsageError} When there is no usable folder.
 * @throws {JournalError} When what is there is damaged.
 */
export async function openNodeState(
  folder: string,
  onState: (state: JournalState) => void,
): Promise<DiskOutbox> {
  let inUse: UsageError | undefined;
  for (let number = 1; number <= limits.maxNodesOfHost; number += 1) {
    const own = join(folder, `node-${number}`);
    mkdirSync(own, { recursive: true, mode: 0o700 });
    try {
      // What was not written when the power fails is run again, as all is that was not finished.
      const journal = await openSqliteJournal({ folder: own, durability: "normal", onState });
      return await DiskOutbox.open(journal, readOrMakeKey(join(own, "key")));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      inUse = error;
    }
  }
  throw new UsageError(`Cannot keep results in ${folder}: ${inUse?.message}`, { cause: inUse });
}

function readOrMakeKey(path: string): string {
  try {
    writeFileSync(path, randomBytes(keyBytes).toString("hex"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== "EEXIST") throw error;
  }
  const key = readFileSync(path, "utf8").trim();
  if (keyPattern.test(key)) return key;
  throw new UsageError(`Cannot use ${path}: it holds no key of a node; delete it`);
}
