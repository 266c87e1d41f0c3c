import type { OutputStream } from "../proto/executor.ts";
import { limits } from "../proto/limits.ts";
import type { SlotEvent, SlotListener, SlotTask, TaskReport } from "./types.ts";

type OutputEvent = Extract<SlotEvent, { type: "output" }>;
type DoneEvent = Extract<SlotEvent, { type: "done" }>;

/**
 * Makes what a slot tells of a running task's output whole: what was not told until the task's end is told then, so
 * that all pieces together are what the task's report has.
 */
export function withWholeOutput(listener: SlotListener): SlotListener {
  const told = new Map<SlotTask, Record<OutputStream, string>>();
  const tell = (event: OutputEvent): SlotEvent[] => {
    const texts = told.get(event.task) ?? { stdout: "", stderr: "" };
    told.set(event.task, texts);
    // The report is cut there, and says so.
    const room = limits.maxJobOutputChars - texts[event.stream].length;
    const text = event.text.slice(0, room);
    texts[event.stream] += text;
    return text === "" ? [] : [{ ...event, text }];
  };
  const end = (event: DoneEvent): SlotEvent[] => {
    const { task, report } = event;
    const before = told.get(task) ?? { stdout: "", stderr: "" };
    told.delete(task);
    const rest = (["stdout", "stderr"] as const).flatMap((stream): SlotEvent[] => {
      const text = report[stream].slice(before[stream].length);
      return text === "" ? [] : [{ type: "output", task, stream, text }];
    });
    return [...rest, { ...event, report: withTold(report, before) }];
  };
  return (events) =>
    listener(events.flatMap((event) => {
      if (event.type === "output") return tell(event);
      if (event.type === "done") return end(event);
      if (event.type === "returned") told.delete(event.task);
      return [event];
    }));
}

/** A Worker that was ended takes its memory along: what it told is all that is known. */
function withTold(report: TaskReport, told: Readonly<Record<OutputStream, string>>): TaskReport {
  const longer = (stream: OutputStream): string =>
    report[stream].length >= told[stream].length ? report[stream] : told[stream];
  return { ...report, stdout: longer("stdout"), stderr: longer("stderr") };
}
