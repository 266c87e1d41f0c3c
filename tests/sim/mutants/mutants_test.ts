import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { TestBed } from "../../harness/test_bed.ts";
import { mutants } from "./mutants.ts";
import { runMutant } from "./run_mutant.ts";

const core = fileURLToPath(new URL("../../../lib/core/", import.meta.url));
/** Faults that are found within a few runs; `npm run mutants` makes all of them. */
const quick = [
  "results are delivered as often as they come",
  "a node begins a lease as often as it comes",
];

describe("a mutant", () => {
  it("changes a text that is there once", () => {
    for (const { name, edits } of mutants) {
      for (const { file, from } of edits) {
        const places = readFileSync(`${core}${file}`, "utf8").split(from).length - 1;
        assert.equal(places, 1, `${name}: ${file}`);
      }
    }
  });

  for (const mutant of mutants.filter(({ name }) => quick.includes(name))) {
    it(`is found by the simulation: ${mutant.name}`, async () => {
      await using bed = new TestBed();
      const report = await runMutant(mutant, `${bed.folder}/mutant`, 20);
      assert.match(report.killed?.message ?? "survived", /^(duplicates|invariant): /);
    });
  }

  it("survives if it changes nothing that matters", async () => {
    await using bed = new TestBed();
    const edits = [{
      file: "scheduler/start.ts",
      from: "const { state, nowMs } = turn;",
      to: "const { state, nowMs } = turn; // As before.",
    }];
    const report = await runMutant({ name: "none", edits }, `${bed.folder}/mutant`, 3);
    assert.deepEqual(report, { name: "none", killed: undefined });
  });

  it("is refused if its text is not there", async () => {
    await using bed = new TestBed();
    const edits = [{ file: "scheduler/start.ts", from: "no such text", to: "" }];
    await assert.rejects(
      runMutant({ name: "none", edits }, bed.folder, 1),
      /0 times in scheduler\/start.ts/,
    );
  });
});
