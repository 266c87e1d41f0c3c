import { parseArgs } from "node:util";

/** A platform that executables are built for. */
export type Target = {
  /** As Node names system and processor: `${process.platform}-${process.arch}`, with "windows" for "win32". */
  readonly name: string;
  /** What Deno calls it. */
  readonly triple: string;
};

/** What to build. */
export type BuildOptions = {
  readonly runtime: "bun" | "deno";
  readonly targets: readonly Target[];
};

const targets: readonly Target[] = [
  { name: "linux-x64", triple: "x86_64-unknown-linux-gnu" },
  { name: "linux-arm64", triple: "aarch64-unknown-linux-gnu" },
  { name: "darwin-x64", triple: "x86_64-apple-darwin" },
  { name: "darwin-arm64", triple: "aarch64-apple-darwin" },
  { name: "windows-x64", triple: "x86_64-pc-windows-msvc" },
];

/**
 * Reads `--only NAME,...` and `--runtime bun|deno`.
 *
 * @throws {TypeError} If an option is unknown or has no sensible value.
 */
export function parseBuildOptions(args: readonly string[]): BuildOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: "string" }, runtime: { type: "string", default: "bun" } },
  });
  const { only, runtime } = values;
  if (runtime !== "bun" && runtime !== "deno") {
    throw new TypeError(`Cannot build with ${runtime}: --runtime is bun or deno`);
  }
  return { runtime, targets: only === undefined ? targets : only.split(",").map(targetNamed) };
}

function targetNamed(name: string): Target {
  const target = targets.find((each) => each.name === name);
  if (target !== undefined) return target;
  const names = targets.map((each) => each.name).join(", ");
  throw new TypeError(`Cannot build for ${name}: there are ${names}`);
}

/** Name of the executable. */
export function binaryName(target: Target, runtime: BuildOptions["runtime"]): string {
  const variant = runtime === "deno" ? "-deno" : "";
  return `muster-${target.name}${variant}${target.name.startsWith("windows") ? ".exe" : ""}`;
}
