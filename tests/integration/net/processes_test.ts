import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import { limits } from "../../../lib/proto/limits.ts";
import { detectPlatform } from "../../../lib/platform/mod.ts";
import { dialHere, endOf, quickHeartbeat } from "./ends.ts";

const entry = fileURLToPath(new URL("./child.ts", import.meta.url));

/** Starts the program of the tests in this runtime; resolves with its first line. */
async function start(role: "serve" | "visit"): Promise<{ child: ChildProcess; line: string }> {
  const { program, args, env } = detectPlatform().runModule(entry);
  const child = spawn(program, [...args, role], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  for await (const chunk of child.stdout) {
    text += String(chunk);
    if (text.includes("\n")) break;
  }
  return { child, line: text.trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  // By its id: Deno's `child.kill` sends no second signal.
  process.kill(child.pid ?? NaN, "SIGKILL");
  await gone;
}

const slow = { timeout: 60_000 } as const;

describe("two processes", () => {
  it("talk, and one notices at once when the other is killed", slow, async () => {
    const { child, line } = await start("serve");
    const end = endOf(await dialHere(Number(line)));
    end.connection.send(new Uint8Array(1_000_000).fill(5));
    end.connection.send(Uint8Array.of(1));
    const [first, second] = await end.received(2);
    assert.ok(first?.every((byte) => byte === 5));
    assert.deepEqual(second, Uint8Array.of(1));
    const killed = kill(child);
    assert.equal((await end.closed).kind, "lost");
    await killed;
  });

  it("one notices by its deadline when the other stands still, also while it sends", {
    ...slow,
    skip: process.platform === "win32" ? "Windows cannot stop a process" : false,
  }, async () => {
    for (const messages of [0, 40]) {
      const { child, line } = await start("serve");
      const end = endOf(await dialHere(Number(line), { heartbeat: quickHeartbeat }));
      end.connection.send(Uint8Array.of(1));
      await end.received(1);
      child.kill("SIGSTOP");
      const stoppedAtMs = performance.now();
      for (let index = 0; index < messages; index++) end.connection.send(new Uint8Array(1_000_000));
      const waiting = end.connection.drained();
      const reason = await end.closed;
      const tookMs = performance.now() - stoppedAtMs;
      assert.ok(reason.kind === "lost" && /nothing was heard/.test(reason.why));
      assert.ok(tookMs < 5_000, `${tookMs} ms`);
      await waiting;
      assert.equal(end.connection.queuedBytes, 0);
      await kill(child);
    }
  });

  it(
    "a program ends by itself once it has closed everything: no timer or socket is left",
    slow,
    async () => {
      const { child, line } = await start("visit");
      assert.equal(line, "done");
      const doneAtMs = performance.now();
      const [code] = child.exitCode === null ? await once(child, "exit") : [child.exitCode];
      assert.equal(code, 0);
      // Less than the shortest timer that could have been forgotten.
      const tookMs = performance.now() - doneAtMs;
      assert.ok(tookMs < limits.closeGraceMs - 500, `${tookMs} ms`);
    },
  );
});
