import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { ModuleCommand, Platform } from "./types.ts";

type PermissionName = "run" | "read" | "write" | "net" | "env" | "sys" | "ffi" | "import";

/** The part of Deno's own interface that is used here, so that type checkers need not know Deno. */
export type DenoNamespace = {
  readonly version: { readonly deno: string };
  readonly build: { readonly standalone: boolean };
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
    prepareForService: () => {},
    whyNoProcesses: () => {
      if (deno.build.standalone) {
        return "an executable made by deno compile has no Deno to run them";
      }
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
  return {
    program: process.execPath,
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-lock",
      ...configOf(entry),
      ...permissions,
      entry,
    ],
    env: {},
  };
}

/** Our modules run from source find their packages through our own configuration; artefacts need none. */
function configOf(entry: string): string[] {
  if (!entry.endsWith(".ts") || entry.startsWith("https:")) return ["--no-config"];
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const packages = fileURLToPath(new URL("../../node_modules", import.meta.url));
  // Without the folder this process has the packages from Deno's own cache.
  const place = existsSync(packages) ? [] : ["--node-modules-dir=none"];
  return ["--config", config, ...place];
}
