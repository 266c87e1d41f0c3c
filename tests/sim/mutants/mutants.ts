/** A deliberate fault: texts of the sources that are replaced by others. */
export type Mutant = {
  readonly name: string;
  readonly edits: readonly {
    /** A file below `lib/core`. */
    readonly file: string;
    /** Must be there exactly once. */
    readonly from: string;
    readonly to: string;
  }[];
};

function mutant(name: string, file: string, from: string, to: string): Mutant {
  return { name, edits: [{ file, from, to }] };
}

/** Faults of which each breaks one of the rules that docs/STATES.md rests on. */
export const mutants: readonly Mutant[] = [
  {
    name: "stale leases are not fenced",
    edits: [
      {
        file: "scheduler/remote.ts",
        from: "return job?.lease === lease && job.shared?.epoch === epoch ? job : undefined;",
        to: "return lease + epoch > 0 ? job : undefined;",
      },
      {
        file: "scheduler/leases.ts",
        from: "job === undefined || job.lease !== event.lease) return;",
        to: "job === undefined) return;",
      },
    ],
  },
  mutant(
    "leases are told apart without the epoch",
    "scheduler/remote.ts",
    "return job?.lease === lease && job.shared?.epoch === epoch ? job : undefined;",
    "return job?.lease === lease && epoch > 0 ? job : undefined;",
  ),
  mutant(
    "a restart does not raise the epoch",
    "scheduler/start.ts",
    "state.epoch += 1;",
    "state.epoch = 1;",
  ),
  mutant(
    "clients are answered before the commit",
    "scheduler/turn.ts",
    "message: SchedulerToClient, afterCommit = true",
    "message: SchedulerToClient, afterCommit = false",
  ),
  mutant(
    "ends are acknowledged before the commit",
    "scheduler/remote.ts",
    'turn.mail(node, "ack", { job, lease, epoch }, true);',
    'turn.mail(node, "ack", { job, lease, epoch }, false);',
  ),
  mutant(
    "stale ends are dropped before the commit",
    "scheduler/remote.ts",
    'turn.mail(node, "drop", { job, lease, epoch }, true);',
    'turn.mail(node, "drop", { job, lease, epoch }, false);',
  ),
  mutant(
    "the lease of a job that may not run twice is not on record",
    "scheduler/placement.ts",
    "if (lease.expires) recordLease(turn, job, node);",
    "",
  ),
  mutant(
    "a lease is sent before it is on record",
    "scheduler/placement.ts",
    "const waits = leases === afterCommit;",
    "const waits = false;",
  ),
  mutant(
    "a job that may not run twice runs again after a loss",
    "scheduler/endings.ts",
    "if (!job.policy.reentrant || job.losses > job.policy.maxLosses) {",
    "if (job.losses > job.policy.maxLosses) {",
  ),
  mutant(
    "submits are not told from repeated ones",
    "scheduler/submits.ts",
    "if (known !== undefined) again(turn, cluster, known, submitted);",
    'if (known?.phase.kind === "running") again(turn, cluster, known, submitted);',
  ),
  mutant(
    "results are delivered as often as they come",
    "session/jobs.ts",
    "if (state.delivered.has(result.number)) continue;",
    "",
  ),
  mutant(
    "a client that comes back is not sent the results again",
    "scheduler/clients.ts",
    "  resetResults(shared);\n",
    "",
  ),
  mutant(
    "a cluster goes to whoever asked last, on whatever connection",
    "scheduler/clients.ts",
    "    if (link < shared.link) return",
    "    if (link < 0) return",
  ),
  mutant(
    "jobs without an answer are not sent again",
    "session/jobs.ts",
    "      state.fresh.pushBack(job);\n    }\n  }\n}\n\n/** These jobs will not be lost. */",
    "      if (number === undefined) state.fresh.pushBack(job);\n    }\n  }\n}\n\n/** These jobs will not be lost. */",
  ),
  mutant(
    "a node does not tell its outbox when it is back",
    "executor/machine.ts",
    'if (ends.length > 0) turn.send({ type: "done", ends });',
    "",
  ),
  mutant(
    "what a node gives back is lost",
    "executor/leases.ts",
    "if (record !== undefined && !record.void) turn.returned(record.lease);",
    "if (record?.void === false && record.expires) turn.returned(record.lease);",
  ),
  mutant(
    "a node begins a lease as often as it comes",
    "executor/leases.ts",
    "if (held.has(key) || outbox.has(ref, key)) continue;",
    "",
  ),
  mutant(
    "leases that a node never got are waited for",
    "scheduler/announce.ts",
    "for (const job of unheard.reverse()) takeBack",
    "for (const job of unheard.slice(1)) takeBack",
  ),
  mutant(
    "a restarted node is taken for the one that was there before",
    "scheduler/announce.ts",
    "if (job.shared.instance !== instance) lost.push(job);",
    "if (job.shared.instance === undefined) lost.push(job);",
  ),
  mutant(
    "an announcement that comes twice counts twice",
    "scheduler/announce.ts",
    "if (remote.announced || link === undefined) return;",
    "if (link === undefined) return;",
  ),
  mutant(
    "the scheduler listens to connections that were replaced",
    "scheduler/remote.ts",
    '  if (node?.remote?.link !== link) return;\n  if (message.type === "announce")',
    '  if (node?.remote === undefined) return;\n  if (message.type === "announce")',
  ),
  mutant(
    "a node listens to connections that were replaced",
    "executor/machine.ts",
    "  if (link !== state.link) return;\n",
    "",
  ),
  mutant(
    "a node that is cut off goes on with what may not run twice",
    "executor/leases.ts",
    'if (expires && phase.kind !== "stopping") return sinceMs + lostMs * expiryPart;',
    'if (expires && phase.kind !== "stopping") return Infinity;',
  ),
  mutant(
    "a node takes itself for heard when it is greeted",
    "executor/machine.ts",
    "  state.greeted = true;\n",
    "  state.greeted = true;\n  state.cutSinceMs = undefined;\n",
  ),
  mutant(
    "results are not restored",
    "scheduler/restore.ts",
    "      job.phase = settled;\n",
    "      job.phase = queued;\n      cluster.open += 1;\n      cluster.shared.openBytes += shared.bytes;\n",
  ),
  mutant(
    "a snapshot leaves leases out",
    "scheduler/snapshot.ts",
    'if (leaseOnRecord && instance !== undefined && "node" in phase) {',
    'if (!leaseOnRecord && instance !== undefined && "node" in phase) {',
  ),
];
