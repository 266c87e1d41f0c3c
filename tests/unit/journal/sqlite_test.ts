import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { openSqliteJournal } from "../../../lib/journal/sqlite.ts";
import { journalFiles } from "../../../lib/journal/sqlite_open.ts";
import type { Journal } from "../../../lib/journal/types.ts";
import { inTempFolder } from "../cli/temp_folder.ts";
import { describeJournal } from "./conformance.ts";
import { appended, records, replayed } from "./owner.ts";

const open = (folder: string): Promise<Journal> =>
  openSqliteJournal({ folder, durability: "full" });

for (const durability of ["full", "normal"] as const) {
  describeJournal(
    `sqlite, ${durability}`,
    (use) =>
      inTempFolder((folder) =>
        use({ open: () => openSqliteJournal({ folder: join(folder, "journal"), durability }) })
      ),
  );
}

/** Uses a folder in which a journal holds `a` to `e`, a batch each. */
async function inFilledFolder(use: (folder: string) => Promise<void>): Promise<void> {
  await inTempFolder(async (parent) => {
    const folder = join(parent, "journal");
    const journal = await open(folder);
    for (const text of ["a", "b", "c", "d", "e"]) await appended(journal, text);
    await journal.close();
    await use(folder);
  });
}

/** Changes the database behind the back of the journal. */
function tamper(folder: string, statement: string): void {
  const database = new DatabaseSync(journalFiles(folder).database);
  database.exec(statement);
  database.close();
}

describe("openSqliteJournal", () => {
  it("lets one user in at a time, and names the place to the other", async () => {
    await inFilledFolder(async (folder) => {
      const journal = await open(folder);
      await assert.rejects(open(folder), (error: Error) => {
        assert.equal(error.name, "UsageError");
        assert.match(error.message, /^Cannot open the journal .*journal\.db: another process/);
        return true;
      });
      await appended(journal, "f");
      await journal.close();
      const next = await open(folder);
      assert.equal((await replayed(next)).at(-1), "f");
      await next.close();
    });
  });

  it("makes files that only their owner can read", {
    skip: process.platform === "win32" && "Windows has no such modes",
  }, async () => {
    await inFilledFolder(async (folder) => {
      const journal = await open(folder);
      await appended(journal, "f");
      const modeOf = (path: string): number => fs.statSync(path).mode & 0o777;
      assert.equal(modeOf(folder), 0o700);
      const { database, log, mark } = journalFiles(folder);
      for (const file of [database, log, mark]) assert.equal(modeOf(file), 0o600, file);
      await journal.close();
      fs.chmodSync(database, 0o640);
      await assert.rejects(open(folder), /others can get at it \(mode 640\); run: chmod 600 /);
      fs.chmodSync(database, 0o600);
      fs.chmodSync(folder, 0o777);
      await assert.rejects(open(folder), /others can get at it \(mode 777\); run: chmod go-w /);
    });
  });

  it("refuses a database of others, a newer one, and what is none", async () => {
    await inTempFolder(async (folder) => {
      const path = journalFiles(folder).database;
      fs.writeFileSync(path, "", { mode: 0o600 });
      tamper(folder, "CREATE TABLE theirs (x)");
      const before = fs.readFileSync(path);
      await assert.rejects(open(folder), /^UsageError: Cannot open .* no journal of muster/);
      assert.deepEqual(fs.readFileSync(path), before);
      fs.writeFileSync(path, "not a database, but long enough to be looked at: ".repeat(100));
      await assert.rejects(open(folder), { name: "JournalError", trouble: "damaged" });
    });
    await inFilledFolder(async (folder) => {
      tamper(folder, "PRAGMA user_version = 99");
      await assert.rejects(open(folder), /^UsageError: .* is of version 99, and this muster knows/);
    });
  });

  it("refuses at its opening a journal whose end is missing, until its user accepts that", async () => {
    await inFilledFolder(async (folder) => {
      tamper(folder, "DELETE FROM log WHERE seq > 3");
      await assert.rejects(open(folder), /it ends with batch 3, but 5 had been acknowledged/);
      await assert.rejects(open(folder), /to go on with what is there, delete .*journal\.mark/);
      fs.rmSync(journalFiles(folder).mark);
      const journal = await open(folder);
      assert.deepEqual(await replayed(journal), ["a", "b", "c"]);
      await journal.close();
    });
  });

  it("refuses a mark that is damaged, and one without its database", async () => {
    await inFilledFolder(async (folder) => {
      const { database, mark } = journalFiles(folder);
      const bytes = fs.readFileSync(mark);
      fs.writeFileSync(mark, bytes.map((byte, at) => at === 5 ? byte ^ 1 : byte));
      await assert.rejects(open(folder), /journal\.mark is not as it was written/);
      fs.writeFileSync(mark, bytes);
      fs.rmSync(database);
      await assert.rejects(open(folder), /the file is missing, but not the one that tells of it/);
      assert.equal(fs.existsSync(database), false);
    });
  });

  const damages: readonly (readonly [string, string, RegExp])[] = [
    ["a batch is gone", "DELETE FROM log WHERE seq = 3", /batch 3 of 5 is missing/],
    ["the first is gone", "DELETE FROM log WHERE seq = 1", /batch 1 of 5 is missing/],
    [
      "a byte is another",
      "UPDATE log SET body = x'0100000062' WHERE seq = 4",
      /batch 4 of 5 is not as it was written/,
    ],
    [
      "two batches have changed places",
      "UPDATE log SET seq = 9 WHERE seq = 2; UPDATE log SET seq = 2 WHERE seq = 3;" +
      "UPDATE log SET seq = 3 WHERE seq = 9",
      /batch 2 of 5 is not as it was written/,
    ],
    ["a batch counts no more", "UPDATE log SET kind = 1", /batch 1 of 5 is not/],
    ["the history begins elsewhere", "UPDATE meta SET first_seq = 3", /where its history begins/],
  ];
  for (const [what, statement, message] of damages) {
    it(`refuses a journal when ${what}`, async () => {
      await inFilledFolder(async (folder) => {
        tamper(folder, statement);
        const reading = async (): Promise<void> => {
          const journal = await open(folder);
          try {
            await replayed(journal);
          } finally {
            await journal.close();
          }
        };
        for (const _again of [1, 2]) {
          await assert.rejects(reading, { name: "JournalError", trouble: "damaged", message });
        }
      });
    });
  }

  it("refuses a database whose pages do not fit together, before it writes to them", async () => {
    await inFilledFolder(async (folder) => {
      const journal = await open(folder);
      journal.append([new Uint8Array(20_000)]);
      await journal.compact([]);
      await journal.close();
      const path = journalFiles(folder).database;
      const bytes = fs.readFileSync(path);
      const firstFreePage = 32;
      assert.notEqual(bytes.readUInt32BE(firstFreePage), 0);
      bytes.writeUInt32BE(2, firstFreePage);
      fs.writeFileSync(path, bytes);
      await assert.rejects(open(folder), /JournalError: Cannot use .*: SQLite finds in it: /);
      assert.deepEqual(fs.readFileSync(path), bytes);
    });
  });

  it("keeps a large batch in a file of its own, as long as it counts", async () => {
    await inTempFolder(async (parent) => {
      const folder = join(parent, "journal");
      const { large } = journalFiles(folder);
      const path = join(large, "2");
      const reopen = async (use: (journal: Journal) => Promise<void>): Promise<void> => {
        const journal = await open(folder);
        try {
          await use(journal);
        } finally {
          await journal.close();
        }
      };
      await reopen(async (journal) => {
        await appended(journal, "a");
        await appended(journal, "b".repeat(5_000_000));
        await appended(journal, "c");
      });
      assert.deepEqual(fs.readdirSync(large), ["2"]);
      if (process.platform !== "win32") assert.equal(fs.statSync(path).mode & 0o777, 0o600);
      const leftovers = join(large, "4");
      fs.writeFileSync(leftovers, "of a commit that never was");
      await reopen(async (journal) => {
        assert.deepEqual((await replayed(journal)).map(({ length }) => length), [1, 5_000_000, 1]);
      });
      assert.equal(fs.existsSync(leftovers), false);

      const bytes = fs.readFileSync(path);
      bytes[4_000_000] = (bytes[4_000_000] ?? 0) ^ 1;
      fs.writeFileSync(path, bytes);
      const read = (): Promise<void> => reopen(async (journal) => void await replayed(journal));
      await assert.rejects(read, /JournalError: .*batch 2 of 3 is not as it was written/);
      fs.rmSync(path);
      await assert.rejects(read, /JournalError: .*the file of batch 2 of 3 is missing/);

      await reopen(async (journal) => {
        await journal.compact(records("d"));
        await appended(journal, "e".repeat(3_000_000));
        await journal.compact([]);
        await appended(journal, "f");
      });
      assert.deepEqual(fs.readdirSync(large), []);
    });
  });

  it("removes the history before a compaction, and gives the space back when it opens", async () => {
    await inTempFolder(async (parent) => {
      const folder = join(parent, "journal");
      const journal = await open(folder);
      for (let left = 40; left > 0; left--) {
        await new Promise<void>((resolve) => {
          journal.append([new Uint8Array(1024 * 1024)], resolve);
        });
      }
      await journal.compact(records("a"));
      await journal.close();
      const next = await open(folder);
      assert.deepEqual(await replayed(next), ["a"]);
      await appended(next, "b");
      await next.close();
      const last = await open(folder);
      await last.close();
      assert.ok(fs.statSync(journalFiles(folder).database).size < 1024 * 1024);
    });
  });
});
