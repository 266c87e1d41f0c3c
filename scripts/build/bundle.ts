import { root } from "../files.ts";

/** What is used of Bun; its own types would bring its globals into every file. */
declare const Bun: {
  build(options: Record<string, unknown>): Promise<{
    readonly outputs: readonly { text(): Promise<string> }[];
  }>;
};

type PluginBuild = {
  onResolve(constraints: { readonly filter: RegExp }, callback: () => { path: string }): void;
};

/** How the main program of an artefact is bundled: pass it to `Bun.build` with an entry point. */
export type BundleOptions = Readonly<Record<string, unknown>>;

/** What packages in CommonJS get their built-in modules by; it works for a module in a file only. */
const ownRequire = "createRequire(import.meta.url)";
/** The same for a module that was imported by its address on the web. */
const portableRequire =
  'createRequire(import.meta.url.startsWith("file:") ? import.meta.url : "file:///")';

const common = {
  target: "node",
  format: "esm",
  // Used in Deno alone, which finds it by itself: see lib/platform/bundler_deno.ts.
  external: ["esbuild"],
};

/** Options that put everything into one file, the main modules of Workers and processes included. */
export async function bundleOptions(): Promise<BundleOptions> {
  const [worker, watcher, process, shared, thread] = await Promise.all([
    bundleEntry("lib/runtime/worker_entry.ts"),
    bundleEntry("lib/runtime/watcher_entry.ts"),
    bundleEntry("lib/runtime/process_entry.ts"),
    bundleEntry("lib/runtime/shared_entry.ts"),
    bundleEntry("lib/journal/thread_entry.ts"),
  ]);
  return {
    ...common,
    define: {
      workerEntryText: worker,
      watcherEntryText: watcher,
      processEntryText: process,
      sharedEntryText: shared,
      threadEntryText: thread,
    },
    plugins: [{ name: "inlined-entries", setup: inlineEntries }],
  };
}

/**
 * Makes one ES module of a file of the repository and all it imports.
 *
 * @param path Relative to the repository.
 */
export async function bundleFile(path: string, options: BundleOptions): Promise<string> {
  const { outputs } = await Bun.build({ ...options, entrypoints: [`${root}/${path}`], root });
  const [output] = outputs;
  if (output === undefined || outputs.length > 1) {
    throw new Error(`Cannot bundle ${path}: Bun.build gave ${outputs.length} files, not one`);
  }
  return (await output.text()).replace(ownRequire, portableRequire);
}

/** The text of a bundled entry, as JSON. It is parsed again in each Worker and process: short is fast. */
async function bundleEntry(path: string): Promise<string> {
  const minify = { whitespace: true, syntax: true, identifiers: false };
  return JSON.stringify(await bundleFile(path, { ...common, minify }));
}

function inlineEntries(build: PluginBuild): void {
  const folder = `${root}/scripts/build`;
  build.onResolve({ filter: /\/entries\.ts$/ }, () => ({ path: `${folder}/inlined_entries.ts` }));
  build.onResolve(
    { filter: /\/thread_url\.ts$/ },
    () => ({ path: `${folder}/inlined_thread_url.ts` }),
  );
}
