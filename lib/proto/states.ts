/** Where a job stands, as its owner sees it. The last four are final, and a job reaches exactly one of them. */
export type JobStatus =
  | "created"
  | "running"
  | "finished"
  | "terminated"
  | "cancelled"
  | "abandoned";

/** Why a job has no result. */
export type FailureReason =
  /** The function threw, or its promise rejected. */
  | "threw"
  /** The Worker or process that ran it ended: `process.exit`, a signal, out of memory. */
  | "crashed"
  /** It ran longer than its `timeoutMs`. */
  | "timeout"
  /** It used more than its `memoryLimit`. */
  | "memory"
  /** Its owner cancelled it. */
  | "cancelled"
  /** The node that held it was lost, and it may not run again. */
  | "abandoned";

/** Fails to compile when a switch forgets a case; throws if bad data reaches it at run time. */
export function assertNever(value: never): never {
  throw new TypeError(`Cannot handle an unknown case: ${JSON.stringify(value)}`);
}
