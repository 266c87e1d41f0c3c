/** What the executable's exit code says. */
export const exitCodes = {
  ok: 0,
  /** Some jobs failed, or a daemon could not go on. */
  failed: 1,
  /** A flag, file, input or the user's code was refused. */
  usage: 2,
  /** No node could be used, and there are no local slots. */
  unreachable: 3,
  /** Stopped by Ctrl-C, SIGTERM, or because nobody read the results any more: 128 and the signal's number. */
  interrupted: 130,
  terminated: 143,
  readerGone: 141,
} as const;
