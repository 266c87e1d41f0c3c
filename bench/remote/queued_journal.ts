import { createIdMint } from "../../lib/client/id_mint.ts";
import { openSqliteJournal } from "../../lib/journal/sqlite.ts";
import type { ClusterId, ComputationId, OwnerId, SchedulerId } from "../../lib/proto/ids.ts";
import type { AcceptedRecord, JournalRecord } from "../../lib/proto/journal_records.ts";
import { limits } from "../../lib/proto/limits.ts";
import { encodeRecords } from "../../lib/wire/journal_codec.ts";

/** Jobs that one commit took in. */
const atOnce = 1000;

const cluster = "c".repeat(32) as ClusterId;

const policy = {
  retries: 0,
  backoff: { firstMs: 100, maxMs: 60_000 },
  timeoutMs: undefined,
  reentrant: true,
  maxLosses: 3,
} as const;

/** Makes the journal that a scheduler leaves when it is killed with so many queued jobs of one number each. */
export async function makeQueuedJournal(folder: string, jobs: number): Promise<void> {
  const journal = await openSqliteJournal({ folder, durability: "normal" });
  const append = (records: readonly JournalRecord[]): Promise<void> =>
    new Promise((resolve) => {
      journal.append([...encodeRecords(records, ({ number }) => `[${number}]`)], resolve);
    });
  await append([
    { type: "epoch", scheduler: "e".repeat(32) as SchedulerId, epoch: 1 },
    {
      type: "opened",
      cluster,
      owner: "everybody" as OwnerId,
      name: "queued",
      computation: "d".repeat(64) as ComputationId,
      options: {
        priority: 0,
        exclusive: false,
        maxOpenJobs: limits.defaultMaxOpenJobs,
        maxOpenBytes: limits.maxOpenBytes,
      },
      forgotten: [],
    },
  ]);
  const mint = createIdMint();
  for (let first = 0; first < jobs; first += atOnce) {
    const count = Math.min(atOnce, jobs - first);
    await append(Array.from({ length: count }, (_, index): AcceptedRecord => {
      const number = first + index;
      const args = `[${number}]`;
      const own = { job: mint(), number, hash: `=${args}`, bytes: args.length, policy };
      return { type: "accepted", cluster, ...own };
    }));
  }
  await journal.close();
}
