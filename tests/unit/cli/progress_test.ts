import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { describe, it } from "node:test";
import { plain } from "../../../lib/cli/output/color.ts";
import { createProgress, ProgressState, renderProgress } from "../../../lib/cli/progress.ts";

/** A terminal that remembers what was written, and wakes whoever waits for a text. */
function fakeTerminal() {
  let text = "";
  let wake = (): void => {};
  return {
    stream: {
      isTTY: true,
      columns: 100,
      write(piece: string): boolean {
        text += piece;
        wake();
        return true;
      },
    },
    text: () => text,
    async until(pattern: RegExp): Promise<void> {
      while (!pattern.test(text)) await new Promise<void>((resolve) => wake = resolve);
    },
  };
}

describe("createProgress()", () => {
  it("writes nothing but log lines where there is no terminal", async () => {
    const terminal = fakeTerminal();
    const progress = await createProgress({ stream: { ...terminal.stream, isTTY: false } });
    progress.total(10);
    progress.done();
    progress.failed();
    progress.log("a line");
    progress.pause();
    progress.stop();
    await delay(150);
    assert.equal(terminal.text(), "a line\n");
  });

  it("draws done/total and failures, hides the cursor, and gives it back", async () => {
    const terminal = fakeTerminal();
    const progress = await createProgress({ stream: terminal.stream });
    progress.done(2);
    await terminal.until(/2 done {2}[\d.,]+ jobs\/s/);
    progress.total(10);
    progress.failed();
    await terminal.until(/3\/10/);
    await terminal.until(/1 failed/);
    progress.stop();
    const text = terminal.text();
    assert.ok(text.includes("\x1b[?25l"), "the cursor was hidden");
    assert.ok(text.lastIndexOf("\x1b[?25h") > text.lastIndexOf("\x1b[?25l"), "the cursor is back");
    assert.ok(text.lastIndexOf("\x1b[?7h") > text.lastIndexOf("\x1b[?7l"), "lines wrap again");
    assert.ok(text.endsWith("\x1b[2K"), "the bar is gone");
    progress.stop();
    progress.pause();
    assert.equal(terminal.text(), text);
  });

  it("logs whole lines above the bar, which comes back", async () => {
    const terminal = fakeTerminal();
    const progress = await createProgress({ stream: terminal.stream });
    await terminal.until(/0 done/);
    progress.log("something happened");
    const at = terminal.text().indexOf("something happened\n");
    assert.ok(terminal.text().slice(0, at).endsWith("\x1b[2K"), "the bar was taken away first");
    progress.done();
    await terminal.until(/something happened\n[^]*1 done/);
    progress.stop();
  });

  it("does not flash for a run that is over at once", async () => {
    const terminal = fakeTerminal();
    const progress = await createProgress({ stream: terminal.stream });
    progress.done();
    progress.stop();
    await delay(150);
    assert.equal(terminal.text(), "");
  });
});

describe("renderProgress()", () => {
  const at = (state: ProgressState, nowMs: number, columns = 80): string =>
    renderProgress(state, nowMs, columns, plain);

  it("shows what is known, and fits the terminal", () => {
    const state = new ProgressState(0);
    state.done = 1500;
    assert.equal(at(state, 10_000), "1,500 done  150 jobs/s  10.0 s");
    state.total = 3000;
    state.failed = 30;
    const line = at(state, 10_200);
    assert.match(line, /^\[=+ +\] {2}1,530\/3,000 {2}30 failed {2}150 jobs\/s {2}ETA 9\.8 s$/);
    assert.ok(line.length <= 80);
    assert.match(at(state, 10_300, 40), /^1,530\/3,000/);
  });

  it("goes by the rate of the last seconds", () => {
    const state = new ProgressState(0);
    state.total = 100_000;
    for (let second = 1; second <= 60; second++) {
      state.done += second <= 10 ? 1000 : 10;
      at(state, second * 1000);
    }
    assert.match(at(state, 60_100), /9\.9\d? jobs\/s|10\.0 jobs\/s/);
  });

  it("is full at the end and says no more of the time left", () => {
    const state = new ProgressState(0);
    state.total = state.done = 10;
    assert.match(at(state, 1000), /^\[=+\] {2}10\/10 {2}10\.0 jobs\/s$/);
    const empty = new ProgressState(0);
    empty.total = 0;
    assert.match(at(empty, 1000), /^\[=+\] {2}0\/0/);
  });
});
