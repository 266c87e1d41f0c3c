import * as fs from "node:fs";
import process from "node:process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { UsageError } from "../proto/errors.ts";
import { checksumNumbers } from "./batch_codec.ts";
import { MarkFile, readMark } from "./mark_file.ts";
import { applicationId, migrations } from "./migrations.ts";
import { LargeBatches } from "./large_batches.ts";
import { damaged, explainSqlite } from "./sqlite_errors.ts";
import type { Extent, StoreOptions } from "./store.ts";
import { syncFolder } from "./sync_folder.ts";

/** A free part of the database larger than this, and than what is used, is given back to the disk at the opening. */
const maxFreeBytes = 16 * 1024 * 1024;

/** What a row's `kind` is made of. */
export const kindBits = { snapshot: 1, large: 2 } as const;

/** A journal whose database is locked for this process, checked and of this version. */
export type OpenedDatabase = {
  readonly path: string;
  readonly database: DatabaseSync;
  readonly extent: Extent;
  readonly mark: MarkFile;
  readonly large: LargeBatches;
};

/** Paths of the files of a journal. */
export function journalFiles(
  folder: string,
): { database: string; log: string; mark: string; large: string } {
  const database = join(folder, "journal.db");
  const [mark, large] = [join(folder, "journal.mark"), join(folder, "large")];
  return { database, log: `${database}-wal`, mark, large };
}

/** Opens the journal of a folder; see `SqliteStore`. Of a journal that is refused, nothing is removed. */
export function openDatabase(
  folder: string,
  durability: StoreOptions["durability"],
): OpenedDatabase {
  const files = journalFiles(folder);
  let database: DatabaseSync | undefined;
  let isLocked = false;
  try {
    const marked = readMark(files.mark);
    makePrivate(folder, files.database, marked);
    database = new DatabaseSync(files.database);
    // With the lock held for good, SQLite also needs no shared memory beside the file.
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    const version = identify(database, files.database);
    lock(database, durability);
    isLocked = true;
    const extent = prepare(database, version, files.database);
    checkMark(marked, extent, files);
    giveBackSpace(database);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const mark = new MarkFile(files.mark, extent.lastSeq);
    const large = new LargeBatches(files.large, durability === "full");
    large.retain(largeSeqs(database));
    syncFolder(folder);
    return { path: files.database, database, extent, mark, large };
  } catch (error) {
    if (isLocked) closeKeeping(database, files.log);
    else database?.close();
    throw explainSqlite(error, files.database, "open");
  }
}

/** Only its owner may read what jobs are given and give back. Opening and closing a locked file would unlock it. */
function makePrivate(folder: string, path: string, marked: number | "damaged" | undefined): void {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (fs.existsSync(path)) {
    refuseOthers(folder, 0o022, "go-w");
    refuseOthers(path, 0o077, "600");
    return;
  }
  if (marked !== undefined && marked !== 0) {
    throw damaged(path, "the file is missing, but not the one that tells of it");
  }
  fs.closeSync(fs.openSync(path, "wx", 0o600));
}

function refuseOthers(path: string, forbidden: number, chmod: string): void {
  if (process.platform === "win32") return;
  const mode = fs.statSync(path).mode & 0o777;
  if ((mode & forbidden) === 0) return;
  throw new UsageError(
    `Cannot use ${path}: others can get at it (mode ${mode.toString(8)}); ` +
      `run: chmod ${chmod} ${path}`,
  );
}

/** Version of the journal; 0 for an empty database. */
function identify(database: DatabaseSync, path: string): number {
  const version = Number(pragma(database, "user_version"));
  const application = pragma(database, "application_id");
  const isFresh = application === 0 && version === 0 &&
    single(database, "SELECT count(*) FROM sqlite_schema") === 0;
  if (!isFresh && application !== applicationId) {
    throw new UsageError(`Cannot open ${path}: it is no journal of muster; give another folder`);
  }
  if (version <= migrations.length) return version;
  throw new UsageError(
    `Cannot open the journal ${path}: it is of version ${version}, and this muster knows ` +
      `${migrations.length}; use the newer muster that made it`,
  );
}

function lock(database: DatabaseSync, durability: StoreOptions["durability"]): void {
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA synchronous = ${durability === "full" ? "FULL" : "NORMAL"};
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA cell_size_check = ON;
    BEGIN IMMEDIATE;
    COMMIT;
  `);
}

/** Checks the database as a whole and brings it to this version. */
function prepare(database: DatabaseSync, version: number, path: string): Extent {
  const check = String(pragma(database, "quick_check(1)"));
  // The first line is a title.
  if (check !== "ok") throw damaged(path, `SQLite finds in it: ${check.split("\n").at(-1)}`);
  migrate(database, version);
  return readExtent(database, path);
}

function migrate(database: DatabaseSync, version: number): void {
  if (version === migrations.length) return;
  database.exec("BEGIN IMMEDIATE");
  for (const step of migrations.slice(version)) database.exec(step);
  if (version === 0) {
    database.prepare("INSERT INTO meta VALUES (1, 1, 0, ?)").run(checksumNumbers(1, 0));
  }
  database.exec(`
    PRAGMA application_id = ${applicationId};
    PRAGMA user_version = ${migrations.length};
    COMMIT;
  `);
}

function readExtent(database: DatabaseSync, path: string): Extent {
  const meta = database.prepare("SELECT first_seq, snapshot_end, checksum FROM meta").get();
  const firstSeq = Number(meta?.["first_seq"]);
  const snapshotEnd = Number(meta?.["snapshot_end"]);
  if (meta?.["checksum"] !== checksumNumbers(firstSeq, snapshotEnd)) {
    throw damaged(path, "where its history begins is not as it was written");
  }
  const lastSeq = Number(single(database, "SELECT coalesce(max(seq), 0) FROM log"));
  if (lastSeq < snapshotEnd) throw damaged(path, `batch ${snapshotEnd} is missing`);
  return { firstSeq, snapshotEnd, lastSeq };
}

function checkMark(
  marked: number | "damaged" | undefined,
  { lastSeq }: Extent,
  files: ReturnType<typeof journalFiles>,
): void {
  const orAccept = `to go on with what is there, delete ${files.mark}`;
  if (marked === "damaged") {
    throw damaged(files.database, `${files.mark} is not as it was written; ${orAccept}`);
  }
  if (marked === undefined || marked <= lastSeq) return;
  throw damaged(
    files.database,
    `it ends with batch ${lastSeq}, but ${marked} had been acknowledged; ${orAccept}`,
  );
}

function largeSeqs(database: DatabaseSync): ReadonlySet<number> {
  const rows = database.prepare(`SELECT seq FROM log WHERE kind & ${kindBits.large}`).all();
  return new Set(rows.map(({ seq }) => Number(seq)));
}

function giveBackSpace(database: DatabaseSync): void {
  const pages = Number(pragma(database, "page_count"));
  const free = Number(pragma(database, "freelist_count"));
  if (2 * free < pages || free * Number(pragma(database, "page_size")) < maxFreeBytes) return;
  try {
    database.exec("VACUUM");
  } catch {
    // There is no room for it now. The free part will be used again.
  }
}

/** A close brings what SQLite believes of the log into the database and deletes the log: keep it for whoever looks. */
function closeKeeping(database: DatabaseSync | undefined, log: string): void {
  const kept = `${log}.kept`;
  const hasLog = fs.existsSync(log);
  if (hasLog) fs.linkSync(log, kept);
  try {
    database?.close();
  } finally {
    if (hasLog) fs.renameSync(kept, log);
    fs.rmSync(kept, { force: true });
  }
}

function pragma(database: DatabaseSync, name: string): unknown {
  return single(database, `PRAGMA ${name}`);
}

function single(database: DatabaseSync, query: string): unknown {
  const row = database.prepare(query).get();
  return row === undefined ? undefined : Object.values(row)[0];
}
