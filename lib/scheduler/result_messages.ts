import { type Frame, longFrameBytes } from "../net/outflow.ts";
import type { JobResult } from "../proto/scheduler_messages.ts";
import { detailOf } from "../wire/endings.ts";
import { encodeToClient } from "../wire/scheduler_client_codec.ts";
import type { Payloads } from "./payloads.ts";
import type { DeliverMessage } from "./shell.ts";

/** About how much one message of results holds, and how many. */
const maxBytes = 256 * 1024;
const maxResults = 1024;

/** Messages with the results of jobs, as far as these are still kept. */
export function* resultMessages(
  { cluster, jobs }: DeliverMessage,
  payloads: Payloads,
): Generator<Frame> {
  let results: JobResult[] = [];
  let bytes = 0;
  for (const job of jobs) {
    const result = payloads.settledOf(job);
    if (result === undefined) continue;
    const detailBytes = detailOf(result.ending)?.length ?? 0;
    if (detailBytes >= longFrameBytes) {
      const encode = (): Uint8Array | undefined => {
        const kept = payloads.settledOf(job);
        return kept && encodeToClient({ type: "results", cluster, results: [kept] });
      };
      yield { about: job, encode };
      continue;
    }
    results.push(result);
    bytes += detailBytes;
    if (bytes < maxBytes && results.length < maxResults) continue;
    yield encodeToClient({ type: "results", cluster, results });
    results = [];
    bytes = 0;
  }
  if (results.length > 0) yield encodeToClient({ type: "results", cluster, results });
}
