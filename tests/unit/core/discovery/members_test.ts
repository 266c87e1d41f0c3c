import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limits } from "../../../../lib/proto/limits.ts";
import { nextExpiryMs } from "../../../../lib/core/discovery/members.ts";
import { Bench } from "./fixture.ts";

describe("members", () => {
  it("are found once, and again when they are reached elsewhere", () => {
    const bench = new Bench("daemon");
    bench.start();
    const types = [["10.0.0.2"], ["10.0.0.2"], ["10.0.0.3", "10.0.0.2"], ["10.0.0.2", "10.0.0.3"]]
      .map(
        (addresses, sequence) =>
          bench.hear({ instance: "n2", sequence, addresses }).map(({ type }) => type),
      );
    assert.deepEqual(types, [["found"], [], ["found"], []]);
  });

  it("expire in the order in which they were last heard", () => {
    const bench = new Bench("daemon");
    bench.start();
    bench.hear({ instance: "n2" });
    bench.nowMs = 10;
    bench.hear({ instance: "n3" });
    bench.nowMs = 20;
    bench.hear({ instance: "n2", sequence: 2 });
    assert.equal(nextExpiryMs(bench.state), 10 + limits.discoveryExpiryMs);
  });

  it("that cannot be asked or dialled are none", () => {
    const bench = new Bench("daemon");
    bench.start();
    bench.hear({ instance: "n2", role: "client" });
    bench.hear({ instance: "n3", port: 0 });
    bench.hear({ instance: "n4", addresses: [] });
    assert.equal(bench.members.length, 0);
  });
});
