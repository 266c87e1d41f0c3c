import { setTimeout } from "node:timers/promises";
import { UsageError } from "../../proto/errors.ts";
import type { SchedulerSession } from "./scheduler_session.ts";
import { sentenceOf } from "./session_sentences.ts";

/** How long a scheduler that is out of reach is waited for to be told. */
const graceMs = 5_000;

/**
 * Waits until the cluster is there, and ends the session if it does not come to be.
 *
 * @param what Begins the message of the error, as in "Cannot attach to x".
 * @throws {UsageError} When the scheduler refuses.
 * @throws {ConnectError} When it cannot be reached.
 */
export async function whenReady(session: SchedulerSession, what: string): Promise<void> {
  const refused = session.ended.then((why) => {
    throw new UsageError(`${what}: ${sentenceOf(why)}`);
  });
  refused.catch(() => {});
  try {
    await Promise.race([refused, session.ready]);
  } catch (error) {
    await session.stop();
    throw error;
  }
}

/** Leaves a cluster and ends the connection. A scheduler that cannot be told in time is given up. */
export async function leaveScheduler(
  session: SchedulerSession,
  how: "detach" | "close",
  onWarning: (line: string) => void,
): Promise<void> {
  session.leave(how);
  const waiting = new AbortController();
  const isTold = await Promise.race([
    session.ended.then(() => true),
    setTimeout(graceMs, false, { signal: waiting.signal }).catch(() => false),
  ]);
  waiting.abort();
  await session.stop();
  if (isTold || how === "detach") return;
  onWarning(
    "Cannot end the cluster at the scheduler, which is out of reach: its jobs go on until somebody attaches and ends it",
  );
}
