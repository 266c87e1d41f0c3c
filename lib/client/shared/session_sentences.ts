import type { SessionEnd } from "../../core/session/effects.ts";
import { assertNever } from "../../proto/states.ts";

/** Why nothing more is heard of a cluster. */
export function sentenceOf(why: SessionEnd): string {
  switch (why) {
    case "detached":
      return "The job was left at the scheduler, where it goes on: attach to its cluster to get the result";
    case "closed":
      return "The cluster was closed";
    case "taken":
      return "Another program has attached to the cluster and gets its results";
    case "unknown":
      return "The scheduler knows no cluster of that name";
    case "foreign":
      return "The cluster belongs to somebody else";
    case "nameTaken":
      return "The scheduler has another cluster of that name";
    default:
      return assertNever(why);
  }
}
