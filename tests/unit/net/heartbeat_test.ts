import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeartbeatWatch } from "../../../lib/net/heartbeat.ts";

const times = { pingMs: 10, suspectMs: 30, lostMs: 100 } as const;

/** Runs a watch until the peer is lost; `onPing` sees each ping. */
function untilLost(
  onPing: (watch: HeartbeatWatch) => void,
): Promise<{ pings: number; silentMs: number }> {
  return new Promise((resolve) => {
    let pings = 0;
    const watch: HeartbeatWatch = new HeartbeatWatch(times, {
      ping: () => {
        pings++;
        onPing(watch);
      },
      lose: (silentMs) => {
        watch.stop();
        resolve({ pings, silentMs });
      },
    });
  });
}

describe("a heartbeat", () => {
  it("pings, suspects and then loses a peer that says nothing", async () => {
    const suspected: boolean[] = [];
    const { pings, silentMs } = await untilLost((watch) => suspected.push(watch.isSuspect));
    assert.ok(pings >= 2, `${pings} pings`);
    assert.ok(silentMs >= times.lostMs - times.pingMs);
    assert.equal(suspected[0], false);
    assert.equal(suspected.at(-1), true);
  });

  it("does not lose a peer that is heard", async () => {
    let heard = 0;
    const startedAtMs = performance.now();
    await untilLost((watch) => {
      if (heard++ < 20) watch.noteHeard();
    });
    assert.ok(
      performance.now() - startedAtMs >= 20 * times.pingMs + times.lostMs - 4 * times.pingMs,
    );
  });

  it("sends no pings while something else is sent", async () => {
    let pings = 0;
    let watch: HeartbeatWatch | undefined;
    const lost = new Promise<void>((resolve) => {
      watch = new HeartbeatWatch(times, { ping: () => pings++, lose: () => resolve() });
    });
    const sending = setInterval(() => watch?.noteSent(), 1);
    await lost;
    clearInterval(sending);
    watch?.stop();
    assert.ok(pings <= 2, `${pings} pings`);
  });

  it("does not count the time in which this process stood still", async () => {
    const lostAtMs: number[] = [];
    const startedAtMs = performance.now();
    let stood = false;
    await untilLost(() => {
      if (stood) return;
      stood = true;
      while (performance.now() - startedAtMs < 200) { /* busy for twice the deadline */ }
    });
    lostAtMs.push(performance.now() - startedAtMs);
    assert.ok((lostAtMs[0] ?? 0) >= 200 + times.lostMs - 6 * times.pingMs, `${lostAtMs[0]} ms`);
  });
});
