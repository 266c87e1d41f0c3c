import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type DenoNamespace, denoPlatform } from "../../../lib/platform/deno.ts";
import type { Platform } from "../../../lib/platform/types.ts";
import { root } from "../../../scripts/files.ts";

function platform(standalone: boolean, granted: readonly string[] = []): Platform {
  const querySync = ({ name }: { readonly name: string }) => ({
    state: granted.includes(name) ? "granted" : "prompt",
  });
  const deno: DenoNamespace = {
    version: { deno: "2.9.6" },
    build: { standalone },
    permissions: { querySync },
  };
  return denoPlatform(deno);
}

describe("processes for jobs in Deno", () => {
  const permissions = ["run", "read", "write"];

  it("cannot be started by an executable of deno compile, which says why", () => {
    assert.equal(platform(false, permissions).whyNoProcesses(), undefined);
    assert.match(platform(true, permissions).whyNoProcesses() ?? "", /made by deno compile/);
  });

  it("find packages by our configuration when run from source, and need none otherwise", () => {
    const argsFor = (entry: string) => platform(false, permissions).runModule(entry).args;
    assert.ok(argsFor(join(root, "lib/runtime/process_entry.ts")).includes("--config"));
    assert.ok(argsFor("/tmp/muster-1/process_entry.mjs").includes("--no-config"));
    assert.ok(argsFor("https://example.org/lib/process_entry.ts").includes("--no-config"));
  });

  it("get the permissions of the script and no others", () => {
    const { args } = platform(false, permissions).runModule("/tmp/muster-1/process_entry.mjs");
    const allowed = args.filter((arg) => arg.startsWith("--allow-"));
    assert.deepEqual(allowed, ["--allow-run", "--allow-read", "--allow-write"]);
  });
});
