import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JobId } from "../../../lib/proto/ids.ts";
import { limits } from "../../../lib/proto/limits.ts";
import { withWholeOutput } from "../../../lib/slots/live_output.ts";
import type { SlotEvent, SlotTask } from "../../../lib/slots/types.ts";

const task: SlotTask = { job: "a" as JobId, lease: 1, args: { packed: "[]" }, seq: 0 };
const finished = { kind: "finished", value: 1 } as const;

function setUp() {
  const events: SlotEvent[] = [];
  const listener = withWholeOutput((list) => events.push(...list));
  const print = (stream: "stdout" | "stderr", text: string): void =>
    listener([{ type: "output", task, stream, text }]);
  const end = (stdout: string, stderr: string): void =>
    listener([{ type: "done", task, ending: finished, report: { runMs: 1, stdout, stderr } }]);
  /** All that was told of a stream, and the report. */
  const told = (stream: "stdout" | "stderr"): string =>
    events.flatMap((event) =>
      event.type === "output" && event.stream === stream ? [event.text] : []
    ).join("");
  return { events, print, end, told };
}

describe("withWholeOutput()", () => {
  it("tells before the end what was not told yet", () => {
    const { events, print, end, told } = setUp();
    print("stdout", "one ");
    end("one two", "late");
    assert.equal(told("stdout"), "one two");
    assert.equal(told("stderr"), "late");
    assert.deepEqual(events.map(({ type }) => type), ["output", "output", "output", "done"]);
    end("next", "");
    assert.equal(told("stdout"), "one twonext", "the next task begins anew");
  });

  it("tells no more than the report has, which says that it was cut", () => {
    const { print, end, told } = setUp();
    const most = "x".repeat(limits.maxJobOutputChars);
    print("stdout", most.slice(1));
    print("stdout", "xyz");
    print("stdout", "more");
    assert.ok(told("stdout") === most);
    end(`${most}[cut]`, "");
    assert.ok(told("stdout") === `${most}[cut]`);
  });

  it("completes the report of a Worker that was ended with what it told", () => {
    const { events, print, end, told } = setUp();
    print("stderr", "it goes wrong");
    end("", "");
    const last = events.at(-1);
    assert.ok(last?.type === "done");
    assert.deepEqual(last.report, { runMs: 1, stdout: "", stderr: "it goes wrong" });
    assert.equal(told("stderr"), "it goes wrong");
  });
});
