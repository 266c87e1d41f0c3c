/** What a client and a node say to each other once their connection is open. Task numbers are the client's. */
import type {
  Carried,
  Code,
  OutputStream,
  Packed,
  Parcel,
  ResultBatch,
  TaskBatch,
  TaskResult,
} from "./executor.ts";
import type { FileEntry } from "./files.ts";
import type { ComputationId } from "./ids.ts";

/** What a node is: what placing and users look at. */
export type NodeFacts = {
  /** Slots it has in all. */
  readonly slots: number;
  readonly runtime: "bun" | "deno";
  readonly runtimeVersion: string;
  /** As Node.js names them: `linux`, `darwin`, `win32`; `x64`, `arm64`. */
  readonly platform: string;
  readonly arch: string;
  /** Version of muster. */
  readonly version: string;
  /** Words that its operator gave it, for clients to choose by. */
  readonly tags: readonly string[];
};

/** How busy the host of a node is, with all that runs there. */
export type HostLoad = {
  /** Part of its processors that is idle, from 0 to 1. */
  readonly freeCpu: number;
  readonly freeMemoryBytes: number;
  readonly totalMemoryBytes: number;
};

/** How a node is at the moment. */
export type NodeStatus = HostLoad & {
  /** Slots that have jobs. */
  readonly busySlots: number;
  /** Its clock, in milliseconds since 1970. */
  readonly clockMs: number;
};

/** A task by its number and since when it has been running. */
export type RunningTask = { readonly seq: number; readonly runningMs: number };

export type ClientToNode =
  /** Asks for slots for a computation. The node answers `wantCode` or `waiting`, then `ready` or `failed`. */
  | { readonly type: "open"; readonly computation: ComputationId }
  | { readonly type: "code"; readonly code: Code }
  | { readonly type: "tasks"; readonly batch: TaskBatch }
  /** Asks for tasks back; the node answers `returned` or `running` for each. */
  | { readonly type: "retract"; readonly seqs: readonly number[] }
  /** Has tasks stopped; the node answers `returned` or a result for each. */
  | { readonly type: "stop"; readonly seqs: readonly number[] }
  /** Asks how the node is; it answers `status`, whoever has its slots. */
  | { readonly type: "status" }
  /** Before `open`: asks to be told what tasks print while they run. */
  | { readonly type: "watch" }
  /** Before `open`: asks for slots that are processes, whatever the node prefers. */
  | { readonly type: "isolate" }
  /** The files that jobs will find in their working directory. Comes before `open`, or not at all. */
  | { readonly type: "files"; readonly files: readonly FileEntry[] }
  /** The next part of a file that was wanted; `place` is that in the list of files. */
  | { readonly type: "chunk"; readonly place: number; readonly bytes: Uint8Array }
  /** Asks for a file from the working directory of its jobs, which is removed afterwards if it says so. */
  | {
    readonly type: "fetch";
    readonly id: number;
    readonly path: string;
    readonly remove: boolean;
  }
  /** So many bytes of a fetched file are written. */
  | { readonly type: "fetched"; readonly id: number; readonly bytes: number };

export type NodeToClient =
  | { readonly type: "facts"; readonly facts: NodeFacts }
  | { readonly type: "wantCode" }
  /** Its slots are another client's; `ready` follows when they are free. */
  | { readonly type: "waiting" }
  | { readonly type: "ready"; readonly slots: number }
  /** The code could not be loaded; a packed error. */
  | { readonly type: "failed"; readonly error: Packed }
  | { readonly type: "results"; readonly batch: ResultBatch }
  /** Tasks that ended without a result: killed because the client asked, or with what they ran in. */
  | { readonly type: "ended"; readonly endings: readonly TaskEnd[] }
  | { readonly type: "returned"; readonly seqs: readonly number[] }
  | { readonly type: "running"; readonly tasks: readonly RunningTask[] }
  | { readonly type: "status"; readonly status: NodeStatus }
  /** What running tasks print, if the client asked for it; all of it comes before their results. */
  | { readonly type: "output"; readonly outputs: readonly TaskOutput[] }
  /** Asks for the files at these places of the list, in this order. */
  | { readonly type: "wantFiles"; readonly places: readonly number[] }
  /** So many bytes of files are written: as many more may come. */
  | { readonly type: "written"; readonly bytes: number }
  /** It cannot do what the client needs, and says why; the connection ends. */
  | { readonly type: "unable"; readonly why: string }
  /** A file that was asked for; its parts follow. */
  | {
    readonly type: "file";
    readonly id: number;
    readonly size: number;
    readonly isExecutable: boolean;
  }
  | { readonly type: "part"; readonly id: number; readonly bytes: Uint8Array }
  /** Why a file that was asked for does not come, or not whole. */
  | { readonly type: "noFile"; readonly id: number; readonly why: string };

/** A piece of what a task prints. */
export type TaskOutput = {
  readonly seq: number;
  readonly stream: OutputStream;
  readonly text: string;
};

/** How such a task ended. */
export type TaskEnd = {
  readonly seq: number;
  readonly runMs: number;
  /** What ended it, as in "with exit code 1"; undefined if it was stopped on request. */
  readonly how: string | undefined;
  /** The packed error that nobody caught, if that ended it. */
  readonly error?: Packed;
  /** The memory limit that it exceeded, if it was ended for that. */
  readonly memoryLimitBytes?: number;
  readonly stdout: string;
  readonly stderr: string;
};

/** A task whose arguments are long, from client to node in the bulk lane. */
export type LongTask = {
  readonly seq: number;
  readonly packed: Carried;
  readonly memoryLimitBytes?: number;
};

/** A result that is long, or came with long output, from node to client in the bulk lane. */
export type LongResult = TaskResult & { readonly value: Parcel };
