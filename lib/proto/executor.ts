/** What a slot's host and the runner beside the job's code say to each other. */

/** A value ready to travel: JSON text where that is exact, CBOR bytes otherwise (see `wire/value.ts`). */
export type Packed = string | Uint8Array;

/** A long packed value on its way, as bytes: whoever only passes it on does not read them. */
export type Parcel = {
  /** Whether they are UTF-8 of a text. */
  readonly isText: boolean;
  readonly bytes: Uint8Array;
};

/** A packed value on its way, in one of its forms. */
export type Carried = Packed | Parcel;

/** From this length on, in UTF-16 units or bytes, a packed value goes by itself and is passed on as a {@link Parcel}. */
export const minParcelLength = 16 * 1024;

/** Length of a packed value, in UTF-16 units or bytes. */
export function lengthOf(packed: Carried): number {
  return typeof packed === "string" || packed instanceof Uint8Array
    ? packed.length
    : packed.bytes.length;
}

/** Whether a packed value is long enough to go by itself. */
export function isLong(packed: Carried): boolean {
  return lengthOf(packed) >= minParcelLength;
}

/** Task numbers run from 0 to this, and then from 0 again. */
export const seqSpace = 2 ** 30;

/** One of the two streams that a program prints to. */
export type OutputStream = "stdout" | "stderr";

/** What the code of a job printed. */
export type Printed = Readonly<Record<OutputStream, string>>;

/** The code of a computation as a runner needs it. */
export type Code = {
  /** `script` is loaded by `vm.Script`; `module` (it has a top-level await) as an ES module. */
  readonly format: "script" | "module";
  readonly text: string;
  /** What stack frames of this code are named by. */
  readonly filename: string;
};

/** Where jobs run, as they are told. */
export type JobPlace = {
  /** The folder with the files they were given. */
  readonly dir: string;
  /** Name of the node; "local" for slots of the program itself. */
  readonly nodeName: string;
  /** A private folder for what our own jobs keep for a while; processes only. It goes with the slots. */
  readonly scratch?: string;
};

/**
 * Tasks in a row: `[first, args0, args1, …]` as one JSON text when all arguments are JSON (the fast way), else an
 * object. Their numbers count up from `first`, modulo {@link seqSpace}.
 */
export type TaskBatch = string | MixedBatch;

export type MixedBatch = {
  readonly type: "tasks";
  readonly first: number;
  readonly args: readonly Carried[];
  /** Objects that arguments refer to instead of copying them, a list for each task. Only within one process. */
  readonly references?: readonly (readonly unknown[])[];
  /** Bytes that each task may use, 0 for no limit; left out if none has one. */
  readonly memoryLimits?: readonly number[];
};

export type InitMessage = {
  readonly type: "init";
  readonly code: Code;
  readonly place: JobPlace;
};

/** Asks a Worker to end itself if it runs the task when it comes to read this. */
export type StopMessage = { readonly type: "stop"; readonly seq: number };

export type HostMessage = TaskBatch | InitMessage | StopMessage;

/** How one task ended. */
export type TaskResult = {
  readonly seq: number;
  readonly ok: boolean;
  /** The result, or what was thrown. */
  readonly value: Carried;
  readonly runMs: number;
  readonly stdout?: string;
  readonly stderr?: string;
};

/**
 * Results: `[seq, runMs, value, seq, runMs, value, …]` as one JSON text when all are values in JSON and nothing was
 * printed, else an object.
 */
export type ResultBatch = string | {
  readonly type: "results";
  readonly results: readonly TaskResult[];
};

export type RunnerMessage =
  | ResultBatch
  | { readonly type: "ready" }
  /** The code could not be loaded. */
  | { readonly type: "failed"; readonly error: Packed }
  | ExitMessage
  /** What a task in a Worker has printed, told where it was asked for. */
  | {
    readonly type: "output";
    readonly seq: number;
    readonly stream: OutputStream;
    readonly text: string;
  }
  /** What was printed while no job ran. */
  | { readonly type: "stray"; readonly text: string }
  /** The Worker of a task that was to be stopped has ended itself; for runtimes that cannot end one that is busy. */
  | { readonly type: "stopped"; readonly seq: number };

/** The job's code ends its Worker or process, by calling `exit` or by an error that nobody caught. */
export type ExitMessage = {
  readonly type: "exit";
  readonly code: number;
  /** The error. */
  readonly error?: Packed;
  /** What the running job had printed. */
  readonly stdout?: string;
  readonly stderr?: string;
};
