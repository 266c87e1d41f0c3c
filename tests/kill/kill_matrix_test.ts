import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { ledgerText } from "../harness/ledger.ts";
import { musterRunners } from "../harness/runners.ts";
import { shortCells } from "./cells.ts";
import { runMatrix } from "./run_matrix.ts";

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
