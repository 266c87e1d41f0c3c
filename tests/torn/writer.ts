// Writes to the journal in the folder it is given until it is killed, and says what is acknowledged. Arguments: the
// folder, and how many characters longer the records of its snapshots are: long ones make compactions take their time.
import { writeSync } from "node:fs";
import process from "node:process";
import { openSqliteJournal } from "../../lib/journal/sqlite.ts";
import { liveAfter, Rebuilt, recordsOf } from "./model.ts";

const [folder = "", padding = "0"] = process.argv.slice(2);
/** Each this many steps are large ones. */
const largeInterval = 30;
/** At once, or what it says could be lost with it. */
const say = (line: string): void => {
  writeSync(1, `${line}\n`);
};

const journal = await openSqliteJournal({ folder, durability: "full" });
const found = new Rebuilt();
for await (const batch of journal.replay()) batch.forEach((record) => found.add(record));
let step = found.step;
say(`acked ${step}`);

/** What counts at each moment at which a record is taken. */
function* live(): Iterable<Uint8Array> {
  for (const record of liveAfter(step, Number(padding))) yield record;
}

function compact(): void {
  say("compacting");
  void journal.compact(live()).then(() => {
    say("compacted");
    compact();
  });
}

/** Keeps some appends under way, each told of. */
function append(): void {
  step += 1;
  const current = step;
  journal.append(recordsOf(current, current % largeInterval === 0), () => {
    say(`acked ${current}`);
    append();
  });
}

compact();
for (let underWay = 0; underWay < 8; underWay++) append();
