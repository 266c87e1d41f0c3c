// Every .txt file beside this one is a story about the scheduler: commands at the left margin, and indented below
// each what the scheduler answered. A change of behaviour shows as a difference here. To write all answers anew, run
//
//   MUSTER_REWRITE_SCENARIOS=1 bun test tests/scenarios
//
// and read the difference before it is committed.
//
// Commands that tell the scheduler something; they are taken together by the next `step` or `advance`:
//   node a slots=2                     a node comes up
//   lost a                             a node is given up
//   submit j1 j2 k1..k9 [options]      options: retries=0 backoff=100 timeout=none reentrant=yes max-losses=5
//   cancel j1
//   started a j1 [at=0]                node a says that the attempt began
//   done a j1 [outcome] [run=1]        outcome: finished, threw, crashed or stopped
//   returned a j1                      node a gives the lease back, not begun
// Commands that let it act:
//   step [time]                        one step, at that time in milliseconds
//   advance 50                         50 ms pass, with a step whenever the scheduler asked for one
//   wake                               when it wants to be woken
//   prefetch target=8 per-slot=512 stall=10     first line only: other bounds of prefetching
// `j1#2` is the second lease of job j1. A backoff is half of its bound: there is no jitter here.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { replay } from "./scenario.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
const rewrite = process.env["MUSTER_REWRITE_SCENARIOS"] === "1";

describe("scenarios", () => {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".txt")).sort()) {
    it(name.replace(".txt", "").replaceAll("_", " "), () => {
      const path = `${folder}${name}`;
      const told = readFileSync(path, "utf8");
      const found = replay(told);
      if (rewrite) writeFileSync(path, found);
      else assert.equal(found, told);
    });
  }
});

describe("the scenario runner", () => {
  it("shows a changed answer as a difference", () => {
    const told = "node a\nsubmit j\nstep\n  assign a: j#2\n";
    assert.equal(replay(told), "node a\nsubmit j\nstep\n  assign a: j#1\n");
  });

  it("refuses what it does not understand", () => {
    assert.throws(() => replay("sumbit j"), /unknown command "sumbit"/);
    assert.throws(() => replay("submit j retires=1"), /unknown retires/);
    assert.throws(() => replay("done a j"), /lease of j: it has ended/);
    assert.throws(() => replay("lost"), /node is missing/);
  });
});
