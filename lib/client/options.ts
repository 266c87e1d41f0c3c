import type { Isolation } from "../slots/local_pool.ts";
import type { Suite } from "../wire/handshake.ts";
import type { Job } from "./job.ts";
import type { Requirements } from "./requirements.ts";

/** What holds for every job of a cluster. */
export type ClusterOptions = {
  /**
   * How many local slots; each runs one job at a time. 0 is for nodes alone.
   * @default The number of cores.
   */
  readonly local?: number;
  /**
   * Node daemons to run jobs on as well, as `host` or `host:port`. They and this program share a secret: see
   * `muster keygen`. One that cannot be reached is tried again and again.
   * @default none
   */
  readonly nodes?: readonly string[];
  /**
   * Whether to search the local networks for nodes and run jobs on those that are found, from when they are found.
   * Arguments of jobs that may go to nodes cannot share memory. Where there are local slots, nodes on this machine are
   * not used: they have the same cores.
   * @default true where a secret was put in place (`secretFile`, or by `muster keygen`), else false
   */
  readonly discover?: boolean;
  /**
   * Nodes, as `host` or `host:port`, that tell this program of others where its own search does not reach. The default
   * port is 7700, for UDP.
   * @default none
   */
  readonly join?: readonly string[];
  /**
   * Where to take connections of nodes that dial this program by `muster node --dial`, because it cannot reach them: an
   * address, `address:port`, or a port of 127.0.0.1. The default port is 7703.
   * @default none
   */
  readonly listen?: string | number;
  /**
   * What a node, and this process for its local slots, must be to be given jobs. What does not match is told of by
   * `onWarning`.
   * @default {}
   */
  readonly require?: Requirements;
  /**
   * Files that jobs read: paths, folders with all that is in them, globs, relative to `base`. A node gets each content
   * once, and jobs there find the files at the same relative paths in their working directory, a folder of this
   * cluster's alone. Local slots keep the working directory of the program. See `job.dir` for both. Files in `base`
   * that the code names as `new URL("./name", import.meta.url)` need not be given.
   * @default none
   */
  readonly files?: readonly string[];
  /**
   * The folder that `files` are relative to.
   * @default the working directory
   */
  readonly base?: string;
  /**
   * File of the secret.
   * @default `$MUSTER_SECRET_FILE`, or `secret` in the folder of keys; on loopback one is made by itself
   */
  readonly secretFile?: string;
  /**
   * What large messages to and from nodes are sealed with: AES-256-GCM, which processors have built in, or "nacl", which
   * is XSalsa20-Poly1305 as for all others. A node may take only one of them, and so does this program when it listens.
   * @default "aes" where this program dials, the node's choice where it listens
   */
  readonly cipher?: Suite;
  /**
   * Whether a job may run again elsewhere when its node is lost while it may have begun. If not, it ends `abandoned`.
   * @default false
   */
  readonly reentrant?: boolean;
  /**
   * How many losses of its node a reentrant job survives.
   * @default 5
   */
  readonly maxLosses?: number;
  /**
   * A file to keep account of all jobs in, readable for its owner alone. If this program is killed, nodes finish what
   * they have, and {@link recoverJobs} or `muster recover` brings back every job from the file and the nodes: what it
   * was given, and what became of it. Arguments of jobs cannot share memory then. The file must not hold jobs of an
   * earlier run that nobody has fetched.
   * @default none
   */
  readonly recoverFile?: string;
  /**
   * Told in one line of what does not stop the jobs, such as a node that cannot be reached.
   * @default `process.emitWarning`
   */
  readonly onWarning?: (message: string) => void;
  /**
   * Given what jobs print while they run, within about 100 ms: also by a job that keeps its thread busy. The pieces of a
   * job and stream together are its `stdout` or `stderr`, if it ran once. What it throws is a warning.
   * @default none: output is known when a job has ended
   */
  readonly onOutput?: (output: JobOutput) => void;
  /**
   * What runs jobs: a Web Worker of this process, or a process for each slot. In Deno a busy Worker cannot be stopped;
   * there, Workers refuse `timeoutMs`, cancelling a busy job waits until it ends by itself, and a program with a busy
   * Worker does not end by itself either.
   * On nodes the node decides, but for "process", which they keep to.
   * @default "worker" in Bun and the executable, "process" in Deno or with `memoryLimit`
   */
  readonly isolation?: Isolation;
  /**
   * Limit for one attempt of a job, in milliseconds; then it is stopped.
   * @default none
   */
  readonly timeoutMs?: number;
  /**
   * Memory that one job may use, with the processes it starts: bytes, or a text such as "512MB" or "2GiB". It is looked
   * at 20 times a second; a job that uses more is stopped. A process that does nothing takes about 60 MB of it. Workers
   * share the memory of their process and refuse it.
   * @default none
   */
  readonly memoryLimit?: number | string;
  /**
   * How often a job that threw, crashed, ran too long or used too much memory is run again.
   * @default 0
   */
  readonly retries?: number;
  /**
   * Wait before the first retry, in milliseconds; it doubles with each further one, up to `maxBackoffMs`, and half of it
   * is random.
   * @default 100
   */
  readonly backoffMs?: number;
  /**
   * No wait between retries is longer, in milliseconds.
   * @default 30000
   */
  readonly maxBackoffMs?: number;
};

/** A piece of what a job prints. */
export type JobOutput = {
  readonly job: Job<unknown>;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
};

/** What a single job may have of its own. */
export type SubmitOptions =
  & Pick<
    ClusterOptions,
    "timeoutMs" | "memoryLimit" | "retries" | "backoffMs" | "maxBackoffMs"
  >
  & {
    /** Cancels the job when it is aborted. */
    readonly signal?: AbortSignal;
    /**
     * Among the jobs of its cluster that are not with a slot or node yet, those of a higher priority go first.
     * @default 0
     */
    readonly priority?: number;
    /**
     * Buffers in the arguments that are moved instead of copied: they are empty here afterwards. A job with retries
     * keeps a copy for them.
     * @default none
     */
    readonly transfer?: readonly ArrayBuffer[];
  };
