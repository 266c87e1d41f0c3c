/** What one layer may rest on. Everything that is not named here is refused. */
export type LayerRule = {
  /** Layers whose files it may import. */
  readonly imports: readonly string[];
  /** Layers it may import with `import type` only. */
  readonly types?: readonly string[];
  /** Npm packages it may import; every dependency of package.json when left out. */
  readonly packages?: readonly string[];
  /** No I/O, clock, randomness or timers, and of the `node:` modules only {@link pureModules}. */
  readonly pure?: true;
  /** Every file with statements needs a test of the same name. */
  readonly twinTests?: true;
  /** It may say `Deno.` and `Bun.`. */
  readonly runtimeGlobals?: true;
  /** It may write to the console. */
  readonly console?: true;
};

const below = ["proto", "wire", "platform"];
const shells = [
  ...below,
  "files",
  "core",
  "runtime",
  "code",
  "slots",
  "dispatch",
  "journal",
  "net",
];

/** The folders of `lib/`, lowest first. docs/ARCHITECTURE.md draws them. */
export const layerRules: Readonly<Record<string, LayerRule>> = {
  proto: { imports: [], packages: [], pure: true },
  core: { imports: ["proto"], packages: [], pure: true, twinTests: true },
  wire: {
    imports: ["proto"],
    packages: ["cborg", "tweetnacl", "libsodium-wrappers"],
    pure: true,
    twinTests: true,
  },
  platform: { imports: ["proto"], runtimeGlobals: true },
  runtime: { imports: below },
  code: { imports: below },
  // It shares the claims and the message format with the other side, the runtime.
  slots: { imports: [...below, "runtime"] },
  dispatch: { imports: [...below, "core", "slots"] },
  journal: { imports: ["proto", "platform"] },
  net: { imports: [...below, "core"] },
  // Files on their way between two hosts; both ends rest on it.
  files: { imports: below },
  client: { imports: shells },
  node: { imports: shells },
  scheduler: { imports: shells },
  monitor: { imports: ["proto"], types: ["client", "scheduler"] },
  cli: { imports: [...shells, "client", "node", "scheduler", "monitor"], console: true },
};

/** Names that a pure layer may not mention: each reaches the world outside, or the clock. */
export const impureGlobals: ReadonlySet<string> = new Set([
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "performance",
  "crypto",
  "fetch",
  "process",
  "globalThis",
]);

/** Modules of the runtime that only work on values. */
export const pureModules: ReadonlySet<string> = new Set(["node:buffer", "node:util"]);

/** Members that a pure layer may not read, as `object.member`; `*` stands for any object. */
export const impureMembers: ReadonlySet<string> = new Set([
  "Date.now",
  "Math.random",
  "*.randomBytes",
  "*.randombytes_buf",
]);

/** Lines of one file of `lib/`. */
export const maxFileLines = 500;
