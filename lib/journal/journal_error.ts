/** What keeps a journal from working. */
export type JournalTrouble =
  /** No room on the disk. */
  | "full"
  /** The disk or the file system failed. */
  | "io"
  /** What is there is not what was written. */
  | "damaged"
  /** The thread that writes has ended. */
  | "lost";

/** A journal cannot do what it was asked for; the message says what to do. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  readonly trouble: JournalTrouble;

  constructor(message: string, trouble: JournalTrouble, options?: ErrorOptions) {
    super(message, options);
    this.trouble = trouble;
  }

  /** Whether trying again can help, once somebody has made room or the disk is back. */
  get isPassing(): boolean {
    return this.trouble === "full" || this.trouble === "io";
  }
}
