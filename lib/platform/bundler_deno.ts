/** Bundling in Deno: esbuild for bundles, the types stripped by the runtime itself where that suffices. */
import type { BuildOptions, BuildResult, OnResolveResult, OutputFile, PluginBuild } from "esbuild";
import { readFile } from "node:fs/promises";
import * as nodeModule from "node:module";
import { dirname, extname, isAbsolute, join, resolve } from "node:path";
import { CodeError } from "../proto/errors.ts";
import {
  type BundledText,
  type BundleEntry,
  bundleError,
  type Bundler,
  nativeAddonMessage,
  notMain,
  readMap,
} from "./bundler.ts";
import { mapImport } from "./bundler_import_map.ts";

/** For a program that has the release file alone: Deno gets esbuild from the registry then. */
const esbuildFromRegistry: string = "npm:esbuild@0.28.2";

type Esbuild = typeof import("esbuild");

export const denoBundler: Bundler = {
  async bundle(entry) {
    const { path, text } = entry;
    const input = text === undefined ? { entryPoints: [path] } : {
      stdin: { contents: text, resolveDir: dirname(path), sourcefile: path, loader: "js" as const },
    };
    return await build(entry, {
      ...input,
      bundle: true,
      define: { ...notMain, __filename: "import.meta.filename", __dirname: "import.meta.dirname" },
      plugins: [userImports],
    });
  },

  async transform(path) {
    const text = await stripped(path);
    if (text !== undefined) return { text };
    const map = await build({ path }, { entryPoints: [path], bundle: false });
    return { text: map.text, map };
  },

  runtimeText: (text) => text,
};

/** JavaScript with everything where it was in the file; undefined if that cannot be had by leaving types out. */
async function stripped(path: string): Promise<string | undefined> {
  const extension = extname(path);
  if (![".js", ".mjs", ".ts", ".mts"].includes(extension)) return undefined;
  const text = await readFile(path, "utf8");
  if (extension.endsWith("js")) return text;
  try {
    return nodeModule.stripTypeScriptTypes(text, { mode: "strip" });
  } catch {
    // Enums and the like, or a real error, which esbuild tells with its place.
    return undefined;
  }
}

async function build(entry: BundleEntry, options: BuildOptions): Promise<BundledText> {
  const esbuild = await loadEsbuild();
  const folder = dirname(entry.path);
  const result = await runBuild(esbuild, entry, {
    format: "esm",
    platform: "node",
    target: "esnext",
    // Deno runs no decorators.
    supported: { decorators: false },
    sourcemap: "external",
    sourcesContent: false,
    write: false,
    outfile: join(folder, "muster-bundle.js"),
    absWorkingDir: folder,
    logLevel: "silent",
    ...options,
  });
  const output = (suffix: string): string => {
    const isMap = (file: OutputFile) => file.path.endsWith(".map") === (suffix === "map");
    return result.outputFiles?.find(isMap)?.text ?? "";
  };
  return {
    text: output("text"),
    map: readMap(output("map")),
    resolveSource: (source) => resolve(folder, source),
  };
}

async function loadEsbuild(): Promise<Esbuild> {
  try {
    return await import("esbuild");
  } catch (notInstalled) {
    try {
      return await import(esbuildFromRegistry);
    } catch {
      throw new CodeError(
        "Cannot bundle code that imports other modules: esbuild is not installed (npm install esbuild)",
        { cause: notInstalled },
      );
    }
  }
}

async function runBuild(
  esbuild: Esbuild,
  entry: BundleEntry,
  options: BuildOptions,
): Promise<BuildResult> {
  try {
    return await esbuild.build(options);
  } catch (error) {
    const failed = error as Partial<BuildResult>;
    if (!Array.isArray(failed.errors)) throw error;
    const problems = failed.errors.map(({ text, location }) => ({
      file: location === null ? "" : resolve(dirname(entry.path), location.file),
      line: location?.line ?? 0,
      column: (location?.column ?? 0) + 1,
      message: text,
    }));
    throw bundleError(problems, entry, error);
  }
}

const textNamespace = "muster-text";

/** What esbuild does not know by itself: Deno's specifiers and import maps, text imports, native addons. */
const userImports = {
  name: "muster-imports",
  setup(build: PluginBuild): void {
    build.onResolve({ filter: /.*/ }, async (args) => {
      if (args.kind === "entry-point" || args.pluginData === "resolved") return undefined;
      if (args.path.endsWith(".node")) return { errors: [{ text: nativeAddonMessage(args.path) }] };
      if (/^bun(:|$)/.test(args.path)) return { external: true };
      if (args.with["type"] === "text") {
        return { path: resolve(args.resolveDir, args.path), namespace: textNamespace };
      }
      if (/^\.{0,2}\//.test(args.path) || args.resolveDir.includes("node_modules")) {
        return undefined;
      }
      return await resolveDenoImport(build, args.path, args);
    });
    build.onLoad({ filter: /.*/, namespace: textNamespace }, async ({ path }) => ({
      contents: await readFile(path, "utf8"),
      loader: "text",
    }));
  },
};

type ImportSite = Parameters<Parameters<PluginBuild["onResolve"]>[1]>[0];

/** `npm:` from node_modules if it is there; what only Deno can fetch stays an import, for Deno to resolve. */
async function resolveDenoImport(
  build: PluginBuild,
  specifier: string,
  { resolveDir, importer, kind }: ImportSite,
): Promise<OnResolveResult | undefined> {
  const mapped = await mapImport(specifier, resolveDir);
  if (isAbsolute(mapped)) return { path: mapped };
  const bare = /^npm:\/?(@[^/]+\/[^@/]+|[^@/]+)(?:@[^/]*)?(\/.*)?$/.exec(mapped);
  if (bare === null) {
    if (/^(jsr|https?):/.test(mapped)) return { path: mapped, external: true };
    return undefined;
  }
  const options = { resolveDir, importer, kind, pluginData: "resolved" };
  const found = await build.resolve(`${bare[1]}${bare[2] ?? ""}`, options);
  return found.errors.length === 0 ? found : { path: mapped, external: true };
}
