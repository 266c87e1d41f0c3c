import type { SchedulerStatus } from "../../proto/scheduler_links.ts";
import { ConnectError } from "../../net/connect_error.ts";
import { decodeToClient, encodeFromClient } from "../../wire/scheduler_client_codec.ts";
import { schedulerDialer } from "./dial_scheduler.ts";
import { resolveScheduler, type SchedulerOptions } from "./shared_options.ts";

/** How long an answer is waited for. */
const answerMs = 5_000;

/**
 * Asks a shared scheduler how it is.
 *
 * @throws {ConnectError} When it cannot be reached or does not answer.
 */
export async function askSchedulerStatus(options: SchedulerOptions): Promise<SchedulerStatus> {
  const { target, secretFile, shared } = resolveScheduler(options);
  const dial = await schedulerDialer(target, secretFile);
  const connection = await dial(AbortSignal.timeout(2 * answerMs));
  const { promise, resolve, reject } = Promise.withResolvers<SchedulerStatus>();
  const fail = (): void =>
    reject(
      new ConnectError("timeout", `Cannot ask ${connection.peer.address}: it does not answer`),
    );
  const timer = setTimeout(fail, answerMs);
  connection.onClose = fail;
  connection.onMessage = (bytes) => {
    const message = decodeToClient(bytes);
    if (message.type === "status") resolve(message.status);
  };
  connection.send(encodeFromClient({ type: "hello", shared }));
  connection.send(encodeFromClient({ type: "askStatus" }));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    await connection.close();
  }
}
