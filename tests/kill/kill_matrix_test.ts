import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { isGoodLedger, Ledger, ledgerText, noteExecution } from "../harness/ledger.ts";
import { musterRunners } from "../harness/runners.ts";
import { TestBed } from "../harness/test_bed.ts";
import { shortCells } from "./cells.ts";
import { runMatrix } from "./run_matrix.ts";

describe("a ledger", () => {
  it("tells what was lost, came twice or was wrong", async () => {
    await using bed = new TestBed();
    const ledger = new Ledger(bed.folder);
    for (const job of [0, 1, 2, 3]) ledger.submitted(job);
    for (const job of [0, 1, 2]) ledger.acked(job);
    noteExecution(bed.folder, 0, "start");
    noteExecution(bed.folder, 0, "end");
    ledger.delivered(0, "x");
    ledger.delivered(0, "x");
    ledger.delivered(1, "y");
    const rest = { staleRejected: 0, maxRecoveryMs: 1.2 };
    const line = ledger.judge(() => "x", rest);
    assert.equal(
      ledgerText(line),
      "submitted=4 acked=3 delivered=2 duplicates=1 lost=1 wrong=1 executions=1 " +
        "stale_rejected=0 max_recovery_ms=1",
    );
    assert.equal(isGoodLedger(line), false);
    const good = { ...line, delivered: 3, duplicates: 0, lost: 0, wrong: 0 };
    assert.equal(isGoodLedger(good), true);
  });
});

describe("processes that are killed, stopped and ended", () => {
  const [runner] = musterRunners();
  it("lose no job and no result, whenever it happens", {
    skip: process.platform !== "linux" && "it needs /proc",
  }, async () => {
    assert.ok(runner !== undefined);
    const said: string[] = [];
    const { total, isGood } = await runMatrix(shortCells, runner, (line) => said.push(line));
    assert.ok(isGood, said.join("\n"));
    process.stdout.write(`${ledgerText(total)}\n`);
    assert.equal(total.delivered, total.submitted);
  });
});
