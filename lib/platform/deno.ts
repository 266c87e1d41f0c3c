import process from "node:process";
import type { ModuleCommand, Platform } from "./types.ts";

type PermissionName = "run" | "read" | "write" | "net" | "env" | "sys" | "ffi" | "import";

/** The part of Deno's own interface that is used here, so that type checkers need not know Deno. */
export type DenoNamespace = {
  readonly version: { readonly deno: string };
  readonly permissions: {
    querySync(descriptor: { readonly name: PermissionName }): { readonly state: string };
  };
};

const permissionNames: readonly PermissionName[] = [
  "run",
  "read",
  "write",
  "net",
  "env",
  "sys",
  "ffi",
  "import",
];

/** Deno. */
export function denoPlatform(deno: DenoNamespace): Platform {
  const isGranted = (name: PermissionName): boolean =>
    deno.permissions.querySync({ name }).state === "granted";
  return {
    name: "deno",
    version: deno.version.deno,
    stopsBusyWorkers: false,
    runModule: (entry) => runModule(entry, permissionNames.filter(isGranted)),
    whyNoProcesses: () => {
      const missing = (["run", "read", "write"] as const).filter((name) => !isGranted(name));
      if (missing.length === 0) return undefined;
      return `Deno was started without ${missing.map((name) => `--allow-${name}`).join(" ")}`;
    },
  };
}

/** Jobs get the permissions that their script has in full, and no others. */
function runModule(entry: string, granted: readonly PermissionName[]): ModuleCommand {
  const permissions = granted.length === permissionNames.length
    ? ["--allow-all"]
    : granted.map((name) => `--allow-${name}`);
  // Run from source, our modules find their packages through our own configuration.
  const config = entry.endsWith(".ts")
    ? ["--config", new URL("../../deno.json", import.meta.url).pathname]
    : ["--no-config"];
  return {
    program: process.execPath,
    args: ["run", "--quiet", "--no-prompt", "--no-lock", ...config, ...permissions, entry],
    env: {},
  };
}
