// A program that hands jobs to a shared scheduler and writes down what it is told, or the heir of one that was killed.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { BaseCluster } from "../../lib/client/base_cluster.ts";
import { AttachedCluster } from "../../lib/client/shared/attached_cluster.ts";
import { AttachedResults } from "../../lib/client/shared/attached_results.ts";
import { schedulerDialer } from "../../lib/client/shared/dial_scheduler.ts";
import { SchedulerSession } from "../../lib/client/shared/scheduler_session.ts";
import { whenReady } from "../../lib/client/shared/session_life.ts";
import { SharedQueue } from "../../lib/client/shared/shared_queue.ts";
import { computationFromExport } from "../../lib/code/computation.ts";
import type { Connection } from "../../lib/net/types.ts";
import { failpoint } from "../../lib/platform/failpoint.ts";
import type { ClusterId, JobId } from "../../lib/proto/ids.ts";
import type { JobPolicy } from "../../lib/proto/jobs.ts";
import { decodeFromClient, decodeToClient } from "../../lib/wire/scheduler_client_codec.ts";
import { Ledger } from "../harness/ledger.ts";
import { jobs, type Task, warmJobs } from "./work.ts";

const [folder = "", port = "", role = ""] = process.argv.slice(2);
const name = "matrix";
/** A killed executor fails its job's attempt, as a crash of the job would. */
const policy: JobPolicy = {
  retries: 5,
  backoff: { firstMs: 10, maxMs: 100 },
  timeoutMs: undefined,
  reentrant: true,
  maxLosses: 5,
};

const ledger = new Ledger(folder);
const numbers = new Map<JobId, number>();

/** A connection with a look at what passes. */
function watched(connection: Connection): Connection {
  return new Proxy(connection, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      if (key !== "send") return value.bind(target);
      return (bytes: Uint8Array) => {
        if (decodeFromClient(bytes).type === "ack") failpoint("ack");
        return target.send(bytes);
      };
    },
    set(target, key, value) {
      if (key !== "onMessage") return Reflect.set(target, key, value, target);
      target.onMessage = (bytes) => {
        noteHeard(bytes);
        value(bytes);
      };
      return true;
    },
  });
}

function noteHeard(bytes: Uint8Array): void {
  const message = decodeToClient(bytes);
  if (message.type === "accepted") {
    for (const job of message.jobs) {
      const number = numbers.get(job);
      if (number !== undefined) ledger.acked(number);
    }
  }
  // The heir was told nothing, but what the scheduler says it has it must deliver.
  if (message.type !== "attached" || role !== "heir") return;
  for (let at = 0; at < message.known.length; at += 2) {
    const last = message.known[at + 1] ?? -1;
    for (let number = message.known[at] ?? 0; number <= last; number += 1) ledger.acked(number);
  }
}

async function sessionParts() {
  const dial = await schedulerDialer({ host: "127.0.0.1", port: Number(port) }, undefined);
  return {
    shared: false,
    dial: async (signal: AbortSignal) => watched(await dial(signal)),
    onWarning: (line: string) => void process.stderr.write(`${line}\n`),
  };
}

async function runFirst(): Promise<number> {
  const url = new URL("./work.ts", import.meta.url).href;
  const computation = await computationFromExport(url, "work");
  const { id, format, text, filename } = computation;
  const queue = new SharedQueue({
    target: {
      type: "open",
      cluster: randomBytes(16).toString("hex") as ClusterId,
      name,
      computation: id,
      options: { priority: 0, exclusive: false, maxOpenJobs: 1000, maxOpenBytes: 2 ** 30 },
    },
    code: { type: "code", computation: id, code: { format, text, filename } },
    ...await sessionParts(),
  });
  await whenReady(queue.session, "Cannot open the cluster");
  const terms = { policy, memoryLimitBytes: undefined };
  const cluster = new BaseCluster<[Task], number>({
    queue,
    computation,
    isolation: "process",
    base: terms,
    resolve: () => terms,
    window: () => jobs,
    close: async () => {
      queue.session.leave("close");
      await queue.session.ended;
      await queue.session.stop();
    },
  });
  const leaving = Promise.withResolvers<number>();
  let isLeaving = false;
  process.on("SIGTERM", () => {
    isLeaving = true;
    queue.session.leave("detach");
    void queue.session.ended.then(() => queue.session.stop()).then(() => leaving.resolve(143));
  });
  const submit = (job: number): void => {
    ledger.submitted(job);
    const handle = cluster.submit({ folder, job });
    numbers.set(handle.id, job);
    const note = (result: unknown): void => ledger.delivered(job, result);
    void handle.then(note, (error: unknown) => {
      // A handle of a cluster that is left has no result.
      if (!isLeaving) note((error as Error).message);
    });
  };
  for (let job = 0; job < warmJobs; job += 1) submit(job);
  while (!existsSync(`${folder}/go`)) await setTimeout(5);
  for (let job = warmJobs; job < jobs; job += 1) submit(job);
  const finished = cluster.wait().then(async () => {
    if (isLeaving) return await leaving.promise;
    await cluster.close();
    return 0;
  });
  return await Promise.race([finished, leaving.promise]);
}

/** Delivers what the one before has not; what it has, it has on record, and only the acknowledgement is missing. */
async function runHeir(): Promise<number> {
  const recorded = ledger.deliveries;
  const results: AttachedResults = new AttachedResults((taken) => session.acknowledge(taken));
  const session: SchedulerSession = new SchedulerSession({
    target: { type: "attach", name },
    code: undefined,
    listener: results,
    holdsAck: (job) => results.holds(job),
    ...await sessionParts(),
  });
  await whenReady(session, "Cannot attach");
  const cluster = new AttachedCluster(name, session, results, () => {});
  process.on("SIGTERM", () => void cluster.detach().then(() => process.exit(143)));
  for await (const { job, number } of cluster.results()) {
    if (recorded.has(number)) process.stdout.write(`again ${number}\n`);
    else ledger.delivered(number, job.error?.message ?? job.result);
  }
  await cluster.close();
  return 0;
}

process.exitCode = await (role === "heir" ? runHeir() : runFirst());
