import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { StoredJournal } from "../../../lib/journal/stored_journal.ts";
import type { JournalState } from "../../../lib/journal/types.ts";
import { limits } from "../../../lib/proto/limits.ts";
import { appended, Owner, records, replayed } from "./owner.ts";
import { StepStore, turn } from "./step_store.ts";

describe("StoredJournal", () => {
  it("commits at once when idle, and what comes meanwhile together", async () => {
    const store = new StepStore();
    const journal = new StoredJournal(store);
    const told: string[] = [];
    for (const name of ["a", "b", "c", "d"]) {
      journal.append(records(name), () => told.push(name));
      if (name !== "c") await turn();
    }
    await store.step();
    assert.deepEqual(told, ["a"]);
    await store.step();
    assert.deepEqual(told, ["a", "b", "c", "d"]);
    assert.equal(store.extent.lastSeq, 2);
  });

  it("tries again when there is room, and has forgotten nothing", async () => {
    const store = new StepStore();
    const states: string[] = [];
    const onState = ({ kind }: JournalState): number => states.push(kind);
    const journal = new StoredJournal(store, { onState });
    let isDurable = false;
    journal.append(records("a"), () => isDurable = true);
    await turn();
    await store.fail("full");
    assert.deepEqual(states, ["stalled"]);
    assert.equal(journal.state.kind === "stalled" && journal.state.error.trouble, "full");
    journal.append(records("b"));
    assert.equal(isDurable, false);
    while (!store.isBusy) await turn();
    await store.fail("io");
    while (!store.isBusy) await turn();
    await store.step();
    assert.equal(isDurable, true);
    await store.step();
    assert.deepEqual(states, ["stalled", "working"]);
    assert.deepEqual(await replayed(new StoredJournal(new StepStore(store))), ["a", "b"]);
  });

  it("fails for good when its store is lost", async () => {
    const store = new StepStore();
    const journal = new StoredJournal(store);
    const refused = assert.rejects(journal.compact([]), { name: "JournalError", trouble: "lost" });
    await turn();
    await store.fail("lost");
    await refused;
    assert.equal(journal.state.kind, "failed");
    await assert.rejects(journal.close(), { name: "JournalError" });
  });

  it("closes in spite of a full disk, and says what is not durable", async () => {
    const store = new StepStore();
    const journal = new StoredJournal(store);
    journal.append(records("a"));
    await turn();
    await store.fail("full");
    const closing = journal.close();
    const refused = assert.rejects(closing, { name: "JournalError", trouble: "full" });
    while (!store.isBusy) await turn();
    await store.fail("full");
    await refused;
    assert.throws(() => journal.append(records("b")), /^Error: Cannot append/);
  });

  it("refuses more than an append may hold, a second compaction, and any after its end", async () => {
    const store = new StepStore();
    const journal = new StoredJournal(store);
    const large = new Uint8Array(limits.maxJournalAppendBytes / 2 + 1);
    assert.throws(() => journal.append([large, large]), RangeError);
    const first = assert.rejects(journal.compact(records("a")), /Cannot compact .* closed/);
    await assert.rejects(journal.compact([]), /Cannot compact .* at it/);
    await turn();
    const closing = journal.close();
    await store.step();
    await Promise.all([closing, first]);
    await assert.rejects(journal.compact([]), /Cannot compact .* closed/);
  });

  it("removes what a compaction has left behind, and asks for one in time", async () => {
    const store = new StepStore();
    const journal = new StoredJournal(store);
    const large = new Uint8Array(4 * 1024 * 1024);
    for (let count = 0; count < 5; count++) {
      assert.equal(journal.wantsCompaction, false);
      journal.append([large]);
      await turn();
      while (store.isBusy) await store.step();
    }
    assert.equal(journal.wantsCompaction, true);
    const compacting = journal.compact(records("a"));
    assert.equal(journal.wantsCompaction, false);
    await turn();
    while (store.isBusy) await store.step();
    await compacting;
    assert.equal(journal.wantsCompaction, false);
    assert.equal(store.batches.size, 1);
    const next = new StoredJournal(new StepStore(store));
    assert.deepEqual(await replayed(next), ["a"]);
  });

  it("leaves out a snapshot that never became whole", async () => {
    const store = new StepStore();
    const journal = new StoredJournal(store);
    void appended(journal, "a");
    void journal.compact(records("snapshot"));
    void appended(journal, "b");
    await turn();
    for (let left = 2; left > 0; left--) await store.step();
    const next = new StepStore(store);
    assert.equal(next.found.lastSeq, 2);
    assert.deepEqual(await replayed(new StoredJournal(next)), ["a"]);
  });

  it("leaves after a crash a state no older than what was durable, whatever came before", async () => {
    const name = fc.constantFrom("a", "b", "c", "d");
    const command = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant("set" as const), name, also: name }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), name }) },
      { weight: 5, arbitrary: fc.record({ do: fc.constant("step" as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("compactWhole" as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("compactSlowly" as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
    );
    const runs = fc.array(command, { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(runs, async (commands) => {
        let store = new StepStore();
        let owner = await Owner.restore(new StoredJournal(store));
        let value = 0;
        for (const each of [...commands, { do: "crash" as const }]) {
          value += 1;
          if (each.do === "set") owner.set([each.name, value], [each.also, -value]);
          else if (each.do === "remove") owner.remove(each.name);
          else if (each.do === "step") await store.step();
          else if (each.do === "crash") {
            store = new StepStore(store);
            const next = await Owner.restore(new StoredJournal(store));
            owner.checkSuccessor(next);
            owner = next;
          } else owner[each.do]().catch(() => {});
          await turn();
        }
      }),
      { numRuns: 300 },
    );
  });
});
