import { leaseKey } from "../../core/shared/lease_key.ts";
import { type Frame, longFrameBytes } from "../../net/outflow.ts";
import type { FromNode } from "../../proto/scheduler_links.ts";
import type { LeaseEnd } from "../../proto/scheduler_messages.ts";
import { detailOf } from "../../wire/endings.ts";
import { encodeFromNode } from "../../wire/scheduler_node_codec.ts";

/** About how much one message with ends holds, and how many. */
const maxBytes = 256 * 1024;
const maxEnds = 1024;

/** A message of a node as bytes: ends of attempts in as many messages as are needed. */
export function* framesOf(message: FromNode): Generator<Frame> {
  if (message.type !== "done") yield encodeFromNode(message);
  else yield* doneFrames(message.ends);
}

function* doneFrames(all: readonly LeaseEnd[]): Generator<Frame> {
  let ends: LeaseEnd[] = [];
  let bytes = 0;
  for (const end of all) {
    const detailBytes = detailOf(end.outcome)?.length ?? 0;
    if (detailBytes >= longFrameBytes) {
      const encode = (): Uint8Array => encodeFromNode({ type: "done", ends: [end] });
      yield { about: leaseKey(end), encode };
      continue;
    }
    ends.push(end);
    bytes += detailBytes;
    if (bytes < maxBytes && ends.length < maxEnds) continue;
    yield encodeFromNode({ type: "done", ends });
    ends = [];
    bytes = 0;
  }
  if (ends.length > 0) yield encodeFromNode({ type: "done", ends });
}
