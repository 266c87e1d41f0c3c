/** What a host and an executor process that holds several slots, each in a Worker, say to each other. */
import type { ClaimsAnswer, ClaimsRequest } from "./claims.ts";
import type { Code, ExitMessage, JobPlace, MixedBatch, RunnerMessage } from "./executor.ts";

/** Tasks and results as text, the most frequent messages, are `slot`, a space, and the text. */
export type SharedRequest = string | SlotRequest;

/** Of one slot. */
export type SlotRequest =
  & { readonly slot: number }
  & (
    /** Starts its Worker. */
    | {
      readonly type: "start";
      readonly code: Code;
      readonly place: JobPlace;
      readonly live: boolean;
    }
    | { readonly type: "tasks"; readonly batch: MixedBatch }
    | ClaimsRequest
    /** Ends its Worker if that runs the task, as far as the runtime can. */
    | { readonly type: "stop"; readonly seq: number }
    /** Ends its Worker. */
    | { readonly type: "end" }
    /** Ends the whole process if the slot runs the task. */
    | { readonly type: "kill"; readonly seq: number }
  );

export type SharedAnswer = string | SlotAnswer;

/** Of one slot. */
export type SlotAnswer =
  & { readonly slot: number }
  & (
    | {
      readonly type: "said";
      readonly message: Exclude<RunnerMessage, string | ExitMessage | { readonly type: "stopped" }>;
    }
    | ClaimsAnswer
    /** Its Worker has ended, and what ran in it. */
    | { readonly type: "ended"; readonly end: SlotEnd; readonly running?: SlotTaskStart }
    /** The process ends now, because this slot ran what was to be killed. */
    | { readonly type: "killed"; readonly running: SlotTaskStart }
  );

/** A task that runs, and since when (milliseconds since the epoch). */
export type SlotTaskStart = { readonly seq: number; readonly startedAtMs: number };

/** How a Worker ended. */
export type SlotEnd =
  /** By its own last words. */
  | ExitMessage
  /** Without them. `how` completes "ended, …". */
  | { readonly type: "lost"; readonly how: string }
  /** Because it was asked to stop the task. */
  | { readonly type: "stopped"; readonly seq: number };

/** Puts the number of a slot before a text. */
export function joinSlotText(slot: number, text: string): string {
  return `${slot} ${text}`;
}

/** Takes the two apart again. */
export function splitSlotText(joined: string): { readonly slot: number; readonly text: string } {
  const space = joined.indexOf(" ");
  return { slot: Number(joined.slice(0, space)), text: joined.slice(space + 1) };
}
