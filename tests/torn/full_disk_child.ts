// Fills the small disk that its journal is on, makes room, and checks that nothing acknowledged is lost. Arguments: the
// folder, and what makes room: a file to remove, or `limit` for the limit of this process to be lifted.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import process from "node:process";
import { openSqliteJournal } from "../../lib/journal/sqlite.ts";
import type { Journal, JournalState } from "../../lib/journal/types.ts";
import { liveAfter, Rebuilt, recordsOf } from "./model.ts";

const [folder = "", room = ""] = process.argv.slice(2);
const states: JournalState[] = [];
let whenChanged: () => void = () => {};
const onState = (state: JournalState): void => {
  states.push(state);
  whenChanged();
};

function until(kind: JournalState["kind"]): Promise<void> {
  return new Promise((resolve) => {
    whenChanged = () => {
      if (states.at(-1)?.kind === kind) resolve();
    };
    whenChanged();
  });
}

async function restore(journal: Journal): Promise<number> {
  const rebuilt = new Rebuilt();
  for await (const batch of journal.replay()) batch.forEach((record) => rebuilt.add(record));
  return rebuilt.step;
}

function makeRoom(): void {
  if (room === "limit") spawnSync("prlimit", ["--pid", `${process.pid}`, "--fsize=unlimited"]);
  else fs.rmSync(room);
}

const journal = await openSqliteJournal({ folder, durability: "full", onState });
let step = await restore(journal);
let acked = 0;
const append = (): Promise<void> => {
  step += 1;
  const current = step;
  return new Promise((resolve) => {
    journal.append(recordsOf(current), () => {
      acked = current;
      resolve();
    });
  });
};

const stalled = until("stalled");
while (states.length === 0) await Promise.race([append(), stalled]);
const ackedWhenFull = acked;
const [state] = states;
for (let left = 20; left > 0; left--) void append();
const compacted = journal.compact([...liveAfter(step)]);
const working = until("working");
makeRoom();
await working;
await compacted;
void append();
await journal.close();
const next = await openSqliteJournal({ folder, durability: "full" });
const found = await restore(next);
await next.close();

const trouble = state?.kind === "stalled" ? state.error.trouble : "none";
const isGood = acked === step && found === step && ackedWhenFull < step;
process.stdout.write(
  `${
    isGood ? "good" : "bad"
  } trouble=${trouble} acked_when_full=${ackedWhenFull} steps=${step} found=${found}\n`,
);
