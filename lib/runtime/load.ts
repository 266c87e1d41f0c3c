/**
 * Loads a computation's text beside the jobs: the one place that knows how to evaluate what `code/finish.ts` writes.
 *
 * A "script" evaluates to `(scope) => job`; a "module" has the job as its default export and finds `scope` under a
 * symbol of globalThis. `scope(url, path)` is what a module of the user's sees of its surroundings: it takes itself to be
 * at `path` in the folder of the jobs, where the files beside it are as well, or without a path at its own address.
 */
import { createRequire, isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { constants, Script } from "node:vm";
import type { Code } from "../proto/executor.ts";

/** The function a computation was made from. */
export type JobFunction = (...args: unknown[]) => unknown;

type ModuleScope = {
  /** Stands for `import.meta`. */
  readonly meta: Record<string, unknown>;
  /** Stands for `import(...)`. */
  readonly load: (specifier: unknown, options?: ImportCallOptions) => Promise<unknown>;
  readonly require: ReturnType<typeof createRequire>;
};

type Scope = (url: string, path?: string) => ModuleScope;

/** Where shipped ES modules find `scope`: they have no parameters to get it through. */
const scopeKey = Symbol.for("muster.scope");

/** Addresses that ES modules were loaded from, and the names that stand for them in stacks. */
const blobNames = new Map<string, string>();

/**
 * Evaluates a computation's text and gives its job function.
 *
 * @param dir The folder of the jobs.
 * @throws Whatever the text throws while it is evaluated.
 * @throws {TypeError} When it gives no function, or one that cannot be called.
 */
export async function loadComputation(code: Code, dir: string): Promise<JobFunction> {
  const scope = (url: string, path?: string): ModuleScope =>
    moduleScope(path === undefined ? url : pathToFileURL(join(dir, path)).href);
  const job = code.format === "script" ? loadScript(code, scope) : await loadModule(code, scope);
  if (typeof job === "function") return callable(job as JobFunction, code);
  throw new TypeError(`Cannot load ${code.filename}: it gives a ${typeof job}, not a function`);
}

function callable(job: JobFunction, { filename }: Code): JobFunction {
  if (!/^class\b/.test(Function.prototype.toString.call(job))) return job;
  throw new TypeError(
    `Cannot load ${filename}: it gives the class '${job.name}', which cannot be called without new`,
  );
}

/** A stack in which code loaded as an ES module goes by its `filename`, as scripts do of themselves. */
export function portableStack(stack: string): string {
  let result = stack;
  for (const [url, filename] of blobNames) result = result.replaceAll(url, filename);
  return result;
}

function loadScript({ text, filename }: Code, scope: Scope): unknown {
  const script = new Script(text, {
    filename,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const evaluate = script.runInThisContext() as (scope: Scope) => unknown;
  return evaluate(scope);
}

async function loadModule({ text, filename }: Code, scope: Scope): Promise<unknown> {
  Object.defineProperty(globalThis, scopeKey, { value: scope, configurable: true });
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  blobNames.set(url, filename);
  try {
    const loaded: { readonly default?: unknown } = await import(url);
    return loaded.default;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function moduleScope(url: string): ModuleScope {
  const filename = fileURLToPath(url);
  const require = createRequire(url);
  const resolve = (specifier: unknown) => resolveFrom(url, require, String(specifier));
  const meta: Record<string, unknown> = {
    url,
    filename,
    dirname: dirname(filename),
    main: false,
    resolve,
  };
  if (process.versions["bun"] !== undefined) {
    Object.assign(meta, {
      path: filename,
      dir: dirname(filename),
      file: filename.slice(dirname(filename).length + 1),
      env: process.env,
      require,
    });
  }
  return {
    meta,
    // As import() does, a bad specifier rejects.
    load: async (specifier, options) => await import(resolve(specifier), options),
    require,
  };
}

function resolveFrom(
  url: string,
  require: ReturnType<typeof createRequire>,
  specifier: string,
): string {
  if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, url).href;
  if (/^[a-z][a-z0-9+.-]+:/i.test(specifier)) return specifier;
  if (isBuiltin(specifier)) return `node:${specifier}`;
  return pathToFileURL(require.resolve(specifier)).href;
}
