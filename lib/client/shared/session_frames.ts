import { type Frame, longFrameBytes } from "../../net/outflow.ts";
import type { Packed } from "../../proto/executor.ts";
import type { JobId } from "../../proto/ids.ts";
import type { FromClient } from "../../proto/scheduler_links.ts";
import type { ClientToScheduler, SubmittedJob } from "../../proto/scheduler_messages.ts";
import { encodeFromClient } from "../../wire/scheduler_client_codec.ts";

type Submit = Extract<ClientToScheduler, { type: "submit" }>;

/** About how much one message with jobs holds, and how many. */
const maxBytes = 256 * 1024;
const maxJobs = 1024;

/** A message of a client as bytes: jobs with their arguments, in as many messages as are needed. */
export function* framesOf(
  message: FromClient | ClientToScheduler,
  argsOf: ReadonlyMap<JobId, Packed>,
): Generator<Frame> {
  if (message.type !== "submit" || "args" in message) yield encodeFromClient(message);
  else yield* submitFrames(message, argsOf);
}

/** What is said of a job comes after the job; `about` is one that is on its way. */
export function mustFollow(message: FromClient | ClientToScheduler, about: string): boolean {
  switch (message.type) {
    case "cancel":
    case "withdraw":
      return message.jobs.some((job) => job === about);
    default:
      return false;
  }
}

/** Jobs that have ended meanwhile are left out. */
function* submitFrames(
  { type, cluster, jobs }: Submit,
  argsOf: ReadonlyMap<JobId, Packed>,
): Generator<Frame> {
  let some: SubmittedJob[] = [];
  let args: Packed[] = [];
  let bytes = 0;
  for (const job of jobs) {
    const packed = argsOf.get(job.job);
    if (packed === undefined) continue;
    if (packed.length >= longFrameBytes) {
      const encode = (): Uint8Array | undefined => {
        const args = argsOf.get(job.job);
        if (args === undefined) return undefined;
        return encodeFromClient({ type, cluster, jobs: [job], args: [args] });
      };
      yield { about: job.job, encode };
      continue;
    }
    some.push(job);
    args.push(packed);
    bytes += packed.length;
    if (bytes < maxBytes && some.length < maxJobs) continue;
    yield encodeFromClient({ type, cluster, jobs: some, args });
    some = [];
    args = [];
    bytes = 0;
  }
  if (some.length > 0) yield encodeFromClient({ type, cluster, jobs: some, args });
}
