// Measures the journal in a folder of this disk:
//
//   bun bench/journal.ts [--quick]           deno run -A bench/journal.ts [--quick]
//
// It prints a line for each figure, and exits with 1 when a history of a million records takes more than 4 s of a CPU to
// read: that goes by the work, whatever else the machine does.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { packRecords, unpackRecords } from "../lib/journal/batch_codec.ts";
import { MemoryJournal } from "../lib/journal/memory.ts";
import { openSqliteJournal } from "../lib/journal/sqlite.ts";
import type { Durability, Journal } from "../lib/journal/types.ts";
import { describeMachine, renderHead } from "./report.ts";

const { values: { quick } } = parseArgs({
  options: { quick: { type: "boolean", default: false } },
});
const recordBytes = 300;
const historyRecords = quick ? 20_000 : 1_000_000;
const measureMs = quick ? 100 : 2000;
const maxReplayCpuMs = 4000;
const replayRounds = 3;
const layoutRounds = 3;
const layoutRecords = quick ? 5000 : 50_000;
/** What waits to be written while a history is made. */
const maxQueuedBytes = 16 * 1024 * 1024;
/** Appends that wait for their commit at once: what a scheduler has under way in one turn. */
const appenders = 16;

const runtime = "Deno" in globalThis ? "deno" : "bun";
const parent = mkdtempSync(join(tmpdir(), "muster-bench-"));
let folders = 0;

function newFolder(): string {
  folders += 1;
  return join(parent, `${folders}`);
}

async function openJournal(durability: Durability, folder: string): Promise<Journal> {
  return durability === "memory"
    ? new MemoryJournal()
    : await openSqliteJournal({ folder, durability });
}

function makeRecords(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => new Uint8Array(recordBytes).fill(index));
}

function append(journal: Journal, records: readonly Uint8Array[]): Promise<void> {
  return new Promise((resolve) => journal.append(records, resolve));
}

function say(name: string, ...figures: readonly string[]): void {
  process.stdout.write(
    `  ${name.padEnd(44)}${figures.map((each) => each.padStart(24)).join("")}\n`,
  );
}

function perSecond(count: number, ms: number, unit: string): string {
  return `${Math.round(count / ms * 1000).toLocaleString("en-US")} ${unit}/s`;
}

/** Appends that each wait for the one before, and appends that come while others are under way. */
async function measureAppends(durability: Durability, size: number): Promise<void> {
  const journal = await openJournal(durability, newFolder());
  const records = makeRecords(size);
  await append(journal, records);
  const oneByOne = await repeatFor(1, () => append(journal, records));
  const underLoad = await repeatFor(appenders, () => append(journal, records));
  const name = `${durability}, ${size} a batch`;
  say(
    name,
    perSecond(oneByOne.count, oneByOne.ms, "commits"),
    perSecond(oneByOne.count * size, oneByOne.ms, "records"),
    perSecond(underLoad.count * size, underLoad.ms, "records"),
  );
  await journal.close();
}

async function repeatFor(
  atOnce: number,
  act: () => Promise<void>,
): Promise<{ count: number; ms: number }> {
  const startMs = performance.now();
  let count = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() - startMs < measureMs) {
      await act();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
  return { count, ms: performance.now() - startMs };
}

/** What decided the layout: a row for each record, or one for all records of a commit. In time of a CPU, without disk. */
function measureLayout(size: number): void {
  const rounds = Array.from({ length: layoutRounds }, () => layoutRound(size));
  const best = (of: (round: LayoutRound) => number): number => Math.min(...rounds.map(of));
  const write = best((round) => round.writeRowsMs) / best((round) => round.writePackedMs);
  const read = best((round) => round.readRowsMs) / best((round) => round.readPackedMs);
  say(
    `${size} a commit`,
    `written ${write.toFixed(1)}x as fast`,
    `read ${read.toFixed(1)}x as fast`,
  );
}

type LayoutRound = {
  readonly writeRowsMs: number;
  readonly writePackedMs: number;
  readonly readRowsMs: number;
  readonly readPackedMs: number;
};

function layoutRound(size: number): LayoutRound {
  const database = new DatabaseSync(":memory:");
  database.exec(`
    CREATE TABLE many (seq INTEGER PRIMARY KEY, body BLOB);
    CREATE TABLE one (seq INTEGER PRIMARY KEY, body BLOB);
  `);
  const records = makeRecords(size);
  const intoMany = database.prepare("INSERT INTO many (body) VALUES (?)");
  const intoOne = database.prepare("INSERT INTO one (body) VALUES (?)");
  const write = (insert: () => void): number =>
    cpuMsOf(() => {
      for (let count = 0; count < layoutRecords; count += size) {
        database.exec("BEGIN IMMEDIATE");
        insert();
        database.exec("COMMIT");
      }
    });
  const read = (table: string, take: (body: Uint8Array) => void): number =>
    cpuMsOf(() => {
      const rows = database.prepare(`SELECT * FROM ${table} ORDER BY seq`);
      for (const { body } of rows.iterate() as Iterable<{ body: Uint8Array }>) take(body);
    });
  const times = {
    writeRowsMs: write(() => records.forEach((record) => intoMany.run(record))),
    writePackedMs: write(() => intoOne.run(packRecords(records))),
    readRowsMs: read("many", () => {}),
    readPackedMs: read("one", unpackRecords),
  };
  database.close();
  return times;
}

function cpuMsOf(act: () => void): number {
  const before = process.cpuUsage();
  act();
  return cpuMsSince(before);
}

function cpuMsSince(before: ReturnType<typeof process.cpuUsage>): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Gives how much time of a CPU reading took, at best. */
async function measureReplay(size: number): Promise<number> {
  const folder = newFolder();
  const writer = await openJournal("normal", folder);
  const records = makeRecords(size);
  for (let count = 0; count < historyRecords; count += size) {
    if (writer.queuedBytes > maxQueuedBytes) await append(writer, []);
    writer.append(records);
  }
  await writer.close();
  let bestCpuMs = Infinity;
  for (let round = 1; round <= replayRounds; round++) {
    const startMs = performance.now();
    const journal = await openJournal("full", folder);
    const openedMs = performance.now();
    const before = process.cpuUsage();
    let count = 0;
    for await (const batch of journal.replay()) count += batch.length;
    const readMs = performance.now() - openedMs;
    const cpuMs = cpuMsSince(before);
    bestCpuMs = Math.min(bestCpuMs, cpuMs);
    say(
      `${count.toLocaleString("en-US")} records`,
      `opened in ${Math.round(openedMs - startMs)} ms`,
      `read in ${Math.round(readMs)} ms`,
      `CPU ${Math.round(cpuMs)} ms`,
    );
    if (round === replayRounds) await measureCompaction(journal);
    await journal.close();
  }
  rmSync(folder, { recursive: true });
  return bestCpuMs;
}

/** How long the appends of others take meanwhile. */
async function measureCompaction(journal: Journal): Promise<void> {
  const [record = new Uint8Array()] = makeRecords(1);
  function* live(): Iterable<Uint8Array> {
    for (let left = historyRecords; left > 0; left--) yield record;
  }
  let isOver = false;
  const startMs = performance.now();
  const compaction = journal.compact(live()).then(() => isOver = true);
  const waits: number[] = [];
  while (!isOver) waits.push(await timed(() => append(journal, [record])));
  await compaction;
  const worst = Math.max(...waits);
  say(
    "the same compacted to as many",
    `took ${Math.round(performance.now() - startMs)} ms`,
    `an append ${median(waits).toFixed(1)} ms`,
    `at most ${worst.toFixed(0)} ms`,
  );
}

/** How long an append waits behind a large one. */
async function measureLarge(megabytes: number): Promise<void> {
  const journal = await openJournal("full", newFolder());
  const [record = new Uint8Array()] = makeRecords(1);
  const alone: number[] = [];
  for (let left = 30; left > 0; left--) alone.push(await timed(() => append(journal, [record])));
  const large = append(journal, [new Uint8Array(megabytes * 1024 * 1024)]);
  const behind = await timed(() => append(journal, [record]));
  await large;
  say(
    `${megabytes} MB`,
    `${behind.toFixed(0)} ms`,
    `alone ${median(alone).toFixed(1)} ms`,
  );
  await journal.close();
}

async function timed(act: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await act();
  return performance.now() - startMs;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

try {
  process.stdout.write(renderHead(describeMachine(runtime)));
  process.stdout.write(
    "\nOne row for all records of a commit, instead of one for each, in time of a CPU\n",
  );
  for (const size of [1, 16, 256]) measureLayout(size);
  // Early: what other figures leave in memory makes it slower, and a restart has a process of its own.
  process.stdout.write("\nHistory\n");
  const cpuMs = await measureReplay(256);
  process.stdout.write("\nBehind a large record\n");
  for (const megabytes of quick ? [1] : [1, 16, 64]) await measureLarge(megabytes);
  process.stdout.write("\nAppends of 300-byte records: one by one, and 16 at once\n");
  for (const durability of ["full", "normal", "memory"] as const) {
    for (const size of [1, 16, 256]) await measureAppends(durability, size);
  }
  process.stdout.write(`\nreplay_cpu_ms=${Math.round(cpuMs)} at_most=${maxReplayCpuMs}\n`);
  process.exitCode = cpuMs <= maxReplayCpuMs ? 0 : 1;
} finally {
  rmSync(parent, { recursive: true, force: true });
}
