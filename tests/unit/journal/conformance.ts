import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Journal } from "../../../lib/journal/types.ts";
import { appended, Owner, records, replayed } from "./owner.ts";

/** Somewhere a journal is kept. `open` finds there what the one before left; close that one first. */
export type JournalPlace = { open(): Promise<Journal> };

/** What every journal must do. */
export function describeJournal(
  name: string,
  inPlace: (use: (place: JournalPlace) => Promise<void>) => Promise<void>,
): void {
  const check = (what: string, use: (place: JournalPlace) => Promise<void>): void => {
    it(what, () => inPlace(use));
  };

  describe(`journal: ${name}`, () => {
    check("replays in order what was appended, at each opening", async (place) => {
      const first = await place.open();
      assert.deepEqual(await replayed(first), []);
      await appended(first, "a", "b");
      first.append(records("c"));
      await first.close();
      const second = await place.open();
      assert.deepEqual(await replayed(second), ["a", "b", "c"]);
      await appended(second, "d");
      await second.close();
      const third = await place.open();
      assert.deepEqual(await replayed(third), ["a", "b", "c", "d"]);
      await third.close();
    });

    check("tells of what is durable in order, and never during the call", async (place) => {
      const journal = await place.open();
      const told: number[] = [];
      for (let number = 0; number < 100; number++) {
        journal.append(records(`${number}`), () => told.push(number));
        assert.ok(told.length <= number);
        if (number % 7 === 0) await appended(journal);
      }
      await journal.close();
      assert.deepEqual(told, Array.from({ length: 100 }, (_, number) => number));
      assert.equal(journal.queuedBytes, 0);
    });

    check("keeps records of all sizes", async (place) => {
      const sizes = [0, 1, 299, 4096, 70_000, 3_000_000];
      const journal = await place.open();
      for (const size of sizes) journal.append([new Uint8Array(size).fill(size)]);
      await journal.close();
      const next = await place.open();
      const found = [];
      for await (const batch of next.replay()) found.push(...batch);
      assert.deepEqual(found.map(({ length }) => length), sizes);
      assert.ok(found.every((record) => record.every((byte) => byte === record.length % 256)));
      await next.close();
    });

    check("puts an array in the place of what was before, and not of what comes", async (place) => {
      const journal = await place.open();
      await appended(journal, "a", "b");
      journal.append(records("c"));
      const compacted = journal.compact(records("A", "B", "C"));
      journal.append(records("d"));
      await compacted;
      journal.append(records("e"));
      await journal.close();
      const next = await place.open();
      assert.deepEqual(await replayed(next), ["A", "B", "C", "d", "e"]);
      await next.compact([]);
      await next.close();
      const last = await place.open();
      assert.deepEqual(await replayed(last), []);
      await last.close();
    });

    check(
      "goes on appending during a compaction, whose records count as they are",
      async (place) => {
        const journal = await place.open();
        const owner = await Owner.restore(journal, 300_000);
        for (let number = 0; number < 20; number++) owner.set([`key${number}`, number]);
        let isOver = false;
        const compacted = owner.compactSlowly().then(() => isOver = true);
        for (let appends = 1; !isOver; appends++) {
          owner.set([`key${appends % 20}`, -appends]);
          owner.remove(`key${(appends * 7) % 20}`);
          await appended(journal);
        }
        await compacted;
        await journal.close();
        owner.checkAllDurable();
        const next = await place.open();
        owner.checkSuccessor(await Owner.restore(next));
        await next.close();
      },
    );

    check("refuses to be used after its end, and a second compaction at once", async (place) => {
      const journal = await place.open();
      const first = journal.compact([]);
      await assert.rejects(journal.compact([]), /Cannot compact/);
      await first;
      await journal.close();
      assert.throws(() => journal.append([]), /Cannot append/);
      await assert.rejects(journal.compact([]), /Cannot compact/);
    });

    check("has the last state after any appends, compactions and openings", async (place) => {
      const name = fc.constantFrom("a", "b", "c");
      const command = fc.oneof(
        { weight: 8, arbitrary: fc.record({ do: fc.constant("set" as const), name }) },
        { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), name }) },
        { weight: 2, arbitrary: fc.record({ do: fc.constant("compactWhole" as const) }) },
        { weight: 2, arbitrary: fc.record({ do: fc.constant("compactSlowly" as const) }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant("reopen" as const) }) },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(command, { maxLength: 30 }), async (commands) => {
          let journal = await place.open();
          let owner = await Owner.restore(journal);
          let value = 0;
          for (const each of [...commands, { do: "reopen" as const }]) {
            value += 1;
            if (each.do === "set") owner.set([each.name, value]);
            else if (each.do === "remove") owner.remove(each.name);
            else if (each.do === "reopen") {
              await journal.close();
              owner.checkAllDurable();
              journal = await place.open();
              const next = await Owner.restore(journal);
              owner.checkSuccessor(next);
              owner = next;
            } else await owner[each.do]();
          }
          await journal.close();
        }),
        { numRuns: 6 },
      );
    });
  });
}
