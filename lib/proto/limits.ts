/** Every bound on what comes from outside, named, with its unit last. */
export const limits = {
  /** Nesting depth of a user's value; deeper ones are refused at submit. */
  maxValueDepth: 500,
  /** Items in one container of a value. */
  maxContainerItems: 16_000_000,
  /** Bytes of one encoded value. */
  maxValueBytes: 1024 * 1024 * 1024,
  /** Bytes of one line of NDJSON, CSV or text input. */
  maxInputLineBytes: 64 * 1024 * 1024,
  /** Slots of one local cluster. */
  maxSlots: 1024,
  /** `timeoutMs`, backoff and other durations: what a timer of the platform can hold. */
  maxDurationMs: 2_147_483_647,
  /** Retries of one job. */
  maxRetries: 1_000_000,
  /** What a job prints, each of stdout and stderr, in UTF-16 units; the rest is cut. */
  maxJobOutputChars: 1024 * 1024,
  /** One message between a host and its executor process. */
  maxExecutorFrameBytes: 2 * 1024 * 1024 * 1024 - 1,
  /** Losses of its node that a reentrant job survives, by default. */
  defaultMaxLosses: 5,
  /** Number of a job in a job log. */
  maxJoblogSeq: 1_000_000_000,
  /** Bytes of one line of a job log. */
  maxJoblogLineBytes: 64 * 1024,
} as const;
