/** Bundling with `Bun.build`, in Bun and in executables compiled by it. */
import { resolve } from "node:path";
import process from "node:process";
import {
  type BundledText,
  type BundleEntry,
  bundleError,
  type BundleProblem,
  type Bundler,
  nativeAddonMessage,
  notMain,
  readMap,
} from "./bundler.ts";

/** What is used of Bun; its own types would bring its globals into every file. */
declare const Bun: {
  build(options: Record<string, unknown>): Promise<BuildOutput>;
  Transpiler: new (options: Record<string, unknown>) => { transformSync(text: string): string };
};

type BuildOutput = {
  readonly success: boolean;
  readonly logs: readonly BuildLog[];
  readonly outputs: readonly { readonly kind: string; text(): Promise<string> }[];
};

type BuildLog = {
  readonly level: string;
  readonly message: string;
  readonly position: {
    readonly file: string;
    readonly line: number;
    readonly column: number;
  } | null;
};

type PluginBuild = {
  onResolve(
    constraints: { readonly filter: RegExp },
    callback: (args: { readonly path: string; readonly kind: string }) => unknown,
  ): void;
};

export const bunBundler: Bundler = {
  async bundle(entry) {
    const { path, text } = entry;
    return await build(entry, {
      ...(text === undefined ? {} : { files: { [path]: text } }),
      target: "node",
      external: ["bun", "bun:*"],
      // Otherwise the client's setting would be written into code that runs elsewhere.
      define: { "process.env.NODE_ENV": "process.env.NODE_ENV", ...notMain },
      plugins: [{ name: "muster-native", setup: refuseNativeAddons }],
    });
  },

  async transform(path) {
    const map = await build({ path }, {
      // Keeps import attributes and `import.meta.main`, which the target "node" rewrites.
      target: "bun",
      plugins: [{ name: "muster-single", setup: leaveImports }],
    });
    return { text: map.text, map };
  },

  runtimeText: (text) => new Bun.Transpiler({ loader: "js", target: "bun" }).transformSync(text),
};

async function build(
  entry: BundleEntry,
  options: Record<string, unknown>,
): Promise<BundledText> {
  const folder = process.cwd();
  const built = await Bun.build({
    entrypoints: [entry.path],
    format: "esm",
    sourcemap: "external",
    throw: false,
    ...options,
  });
  if (!built.success) {
    const errors = built.logs.filter((log) => log.level === "error");
    const cause = new AggregateError(built.logs, "Bun.build failed");
    throw bundleError(errors.map(problemOf), entry, cause);
  }
  return {
    text: await outputOf(built, "entry-point"),
    map: readMap(await outputOf(built, "sourcemap")),
    resolveSource: (source) => resolve(folder, source),
  };
}

async function outputOf({ outputs }: BuildOutput, kind: string): Promise<string> {
  const output = outputs.find((each) => each.kind === kind);
  if (output === undefined) throw new Error(`Cannot bundle: Bun.build gave no ${kind}`);
  return await output.text();
}

function problemOf({ message, position }: BuildLog): BundleProblem {
  return {
    file: position?.file ?? "",
    line: position?.line ?? 0,
    column: position?.column ?? 0,
    message,
  };
}

function refuseNativeAddons(build: PluginBuild): void {
  build.onResolve({ filter: /\.node$/ }, ({ path }) => {
    throw new Error(nativeAddonMessage(path));
  });
}

function leaveImports(build: PluginBuild): void {
  build.onResolve(
    { filter: /.*/ },
    ({ path, kind }) => kind.startsWith("entry-point") ? undefined : { path, external: true },
  );
}
