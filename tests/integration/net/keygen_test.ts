import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import { detectPlatform } from "../../../lib/platform/mod.ts";
import { inTempFolder } from "../../unit/cli/temp_folder.ts";

const cli = fileURLToPath(new URL("../../../cli.ts", import.meta.url));
const fingerprintPattern = /([0-9a-f]{4}-){4}[0-9a-f]{4}/;
const slow = { timeout: 60_000 } as const;

type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs `muster keygen` with a folder of keys of its own. */
function keygen(home: string, args: readonly string[], input = ""): Promise<Outcome> {
  const { program, args: before, env } = detectPlatform().runModule(cli);
  const { MUSTER_SECRET_FILE: _unset, ...rest } = process.env;
  const child = spawn(program, [...before, "keygen", ...args], {
    env: { ...rest, ...env, MUSTER_HOME: home },
    stdio: "pipe",
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => stdout += String(chunk));
  child.stderr.on("data", (chunk) => stderr += String(chunk));
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

function fingerprintIn({ stdout }: Outcome): string {
  return fingerprintPattern.exec(stdout)?.[0] ?? "none";
}

describe("muster keygen", () => {
  it("makes a secret once, and says how others get it and how to compare it", slow, async () => {
    await inTempFolder(async (folder) => {
      const home = join(folder, "it's here");
      const first = await keygen(home, []);
      assert.equal(first.code, 0, first.stderr);
      const path = join(home, "secret");
      const text = readFileSync(path, "utf8");
      assert.match(text, /^muster1-cluster-[\w-]+\n$/);
      assert.ok(!first.stdout.includes(text.trim()));
      assert.match(first.stdout, /ssh HOST .* < '.*it'\\''s here\/secret'/);
      if (process.platform !== "win32") assert.equal(statSync(path).mode & 0o777, 0o600);
      const again = await keygen(home, []);
      assert.deepEqual([again.code, again.stdout], [2, ""]);
      assert.match(again.stderr, /^muster: Cannot make .*: it is there already/);
      assert.equal(readFileSync(path, "utf8"), text);
      const shown = await keygen(home, ["--fingerprint"]);
      assert.equal(fingerprintIn(shown), fingerprintIn(first));
      assert.match(shown.stdout, /host key .*\n.*public key {2}[\w-]{43}\n$/);
    });
  });

  it(
    "makes files of one role from the cluster's secret, with the same fingerprint",
    slow,
    async () => {
      await inTempFolder(async (home) => {
        const none = await keygen(home, ["--for", "node"]);
        assert.equal(none.code, 2);
        assert.match(none.stderr, /there is none/);
        const cluster = await keygen(home, []);
        const node = await keygen(home, ["--for", "node"]);
        const alice = join(home, "alice.key");
        const client = await keygen(home, ["--for", "client", "--output", alice]);
        assert.match(readFileSync(join(home, "secret.node"), "utf8"), /^muster1-node-/);
        assert.match(readFileSync(alice, "utf8"), /^muster1-client-/);
        assert.deepEqual([node, client].map(fingerprintIn), [cluster, cluster].map(fingerprintIn));
      });
    },
  );

  it("derives the same secret from the same words, and refuses weak ones", slow, async () => {
    await inTempFolder(async (folder) => {
      const words = "otter velvet candle marble sunset pepper violin\n";
      const homes = ["a", "b", "c", "d"].map((name) => join(folder, name));
      const [a = "", b = "", c = "", d = ""] = homes;
      const first = await keygen(a, ["--passphrase"], words);
      const second = await keygen(b, ["--passphrase"], words);
      assert.match(fingerprintIn(first), fingerprintPattern);
      assert.equal(fingerprintIn(second), fingerprintIn(first));
      const weak = await keygen(c, ["--passphrase"], "hunter2\n");
      assert.equal(weak.code, 2);
      assert.match(weak.stderr, /^muster: Cannot use the passphrase: about \d+ bits/);
      assert.ok(!weak.stderr.includes("hunter2"));
      const made = await keygen(c, ["--passphrase"], "\n");
      const [, passphrase = ""] = /^Passphrase: (.*)$/m.exec(made.stderr) ?? [];
      const retyped = await keygen(d, ["--passphrase"], passphrase);
      assert.equal(fingerprintIn(retyped), fingerprintIn(made));
    });
  });

  it("refuses a file that others can read, and flags that do not go together", slow, async () => {
    await inTempFolder(async (home) => {
      const both = await keygen(home, ["--fingerprint", "--passphrase"]);
      assert.equal(both.code, 2);
      assert.equal((await keygen(home, ["--for", "root"])).code, 2);
      if (process.platform === "win32") return;
      await keygen(home, []);
      chmodSync(join(home, "secret"), 0o644);
      const open = await keygen(home, ["--fingerprint"]);
      assert.equal(open.code, 2);
      assert.match(open.stderr, /others can read it \(mode 644\); run: chmod 600 /);
    });
  });
});
