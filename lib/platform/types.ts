/** What differs between the runtimes; the only names by which the rest of the code knows them. */
export type Platform = {
  readonly name: "bun" | "deno";
  readonly version: string;
  /** Whether `Worker.terminate()` ends a Worker that is busy. */
  readonly stopsBusyWorkers: boolean;
  /** Program, arguments and environment that run a module of ours in a process of its own. */
  runModule(entry: string): ModuleCommand;
  /**
   * Sets this process up for a long and busy life, at its very beginning. It may be replaced by one with the same number,
   * arguments and open files, which does not come back from here; where that does not work it goes on as it is.
   */
  prepareForService(): void;
  /** Why processes cannot be started; undefined if they can. */
  whyNoProcesses(): string | undefined;
};

/** A command line; `env` is added to this process's environment. */
export type ModuleCommand = {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};
