import type { Connection } from "../../net/types.ts";
import type { ClusterId } from "../../proto/ids.ts";
import type { KeeperToClient } from "../../proto/keep_messages.ts";
import { limits } from "../../proto/limits.ts";
import { encodeKeeperToClient } from "../../wire/keep_codec.ts";
import type { KeepService } from "./keep_service.ts";

/**
 * Sends a client what is kept of another one's cluster, and what still comes of it until the signal is aborted.
 *
 * @returns When all that was kept at first has been read.
 * @throws {Error} When it cannot be read.
 */
export function sendKept(
  keeper: KeepService,
  cluster: ClusterId,
  connection: Connection,
  signal: AbortSignal,
): Promise<void> {
  let sent = Promise.resolve();
  const collector = (message: KeeperToClient): void => {
    // One after the other: what is long must not be overtaken.
    sent = sent.then(() => send(connection, message));
  };
  return keeper.collect(cluster, collector, signal);
}

async function send(connection: Connection, message: KeeperToClient): Promise<void> {
  const bytes = encodeKeeperToClient(message);
  if (bytes.length > limits.maxRecordBytes) await connection.sendBulk([bytes]);
  else connection.send(bytes);
  await connection.drained();
}
