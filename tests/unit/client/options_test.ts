import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { describe, it } from "node:test";
import { checkMapOptions } from "../../../lib/client/map_options.ts";
import type { ClusterOptions } from "../../../lib/client/options.ts";
import { resolveOptions, resolveSubmitOptions } from "../../../lib/client/resolved_options.ts";
import type { Platform } from "../../../lib/platform/types.ts";
import { UsageError } from "../../../lib/proto/errors.ts";

function platformOf(changes: Partial<Platform> = {}): Platform {
  return {
    name: "bun",
    version: "0",
    stopsBusyWorkers: true,
    runModule: () => ({ program: "", args: [], env: {} }),
    prepareForService: () => {},
    whyNoProcesses: () => undefined,
    ...changes,
  };
}

const likeDeno = platformOf({ name: "deno", stopsBusyWorkers: false });

describe("resolveOptions()", () => {
  it("fills in what is left out", () => {
    const { slots, isolation, policy } = resolveOptions({}, platformOf());
    assert.deepEqual([slots, isolation], [availableParallelism(), "worker"]);
    assert.deepEqual([policy.retries, policy.timeoutMs], [0, undefined]);
    assert.deepEqual(policy.backoff, { firstMs: 100, maxMs: 30_000 });
  });

  it("gives each node its port", () => {
    const { targets } = resolveOptions({ nodes: ["a", "b", "c:9"] }, platformOf());
    assert.deepEqual(targets.map(({ port }) => port), [7701, 7701, 9]);
  });

  it("searches for nodes where a secret was put in place, and where it is told to", () => {
    const searches = (options: ClusterOptions) => resolveOptions(options, platformOf()).search;
    assert.deepEqual(searches({ secretFile: "/some/secret" }), { seeds: [] });
    assert.equal(searches({ secretFile: "/some/secret", discover: false }), undefined);
    assert.deepEqual(searches({ discover: true, local: 0 }), { seeds: [] });
    assert.deepEqual(searches({ join: ["a", "b:9"] }), {
      seeds: [{ host: "a", port: 7700 }, { host: "b", port: 9 }],
    });
    assert.throws(
      () => searches({ join: ["a"], discover: false }),
      /Cannot use option join with discover: false/,
    );
    assert.throws(() => searches({ local: 0, discover: false }), /without nodes.*muster keygen/);
  });

  it("chooses processes where memory is limited", () => {
    const { isolation, memoryLimitBytes } = resolveOptions({ memoryLimit: "1GB" }, platformOf());
    assert.deepEqual([isolation, memoryLimitBytes], ["process", 1e9]);
  });

  it("chooses processes where a busy Worker cannot be stopped", () => {
    assert.equal(resolveOptions({}, likeDeno).isolation, "process");
    assert.equal(resolveOptions({ isolation: "worker" }, likeDeno).isolation, "worker");
    assert.throws(() => resolveOptions({ isolation: "worker", timeoutMs: 5 }, likeDeno), {
      name: "UsageError",
      message: /Cannot keep timeoutMs 5 in a Worker/,
    });
  });

  it("says why there can be no processes, and what to do", () => {
    const locked = { ...likeDeno, whyNoProcesses: () => "the door is locked" };
    assert.throws(
      () => resolveOptions({}, locked),
      /Cannot start a process for each slot: the door is locked.*isolation: "worker"/,
    );
  });

  it("leaves local slots out that do not match, and needs nodes then", () => {
    const require = { tags: ["gpu"] };
    const { slots, localObstacle } = resolveOptions({ require, listen: 7703 }, platformOf());
    assert.deepEqual([slots, localObstacle], [0, "tag gpu is missing"]);
    const matching = resolveOptions({ require: { runtime: "bun" }, local: 2 }, platformOf());
    assert.deepEqual([matching.slots, matching.localObstacle], [2, undefined]);
    assert.throws(() => resolveOptions({ require }, platformOf()), {
      name: "UsageError",
      message: /^Cannot use option require here \(tag gpu is missing\): without nodes/,
    });
  });

  it("refuses by name and value", () => {
    const refused: [object, RegExp][] = [
      [{ local: -1 }, /^Cannot use option local \(-1\): /],
      [{ local: NaN }, /^Cannot use option local \(null\): |^Cannot use option local \(NaN\): /],
      [{ retries: 0.5 }, /^Cannot use option retries \(0\.5\): /],
      [{ timeoutMs: 0 }, /^Cannot use option timeoutMs \(0\): /],
      [{ timeoutMs: "5s" }, /^Cannot use option timeoutMs \("5s"\): /],
      [{ backoffMs: Infinity }, /^Cannot use option backoffMs /],
      [{ nodes: ["a", 5] }, /^Cannot use option nodes \(5\): /],
      [{ listen: {} }, /^Cannot use option listen \(an object\): /],
      [{ listen: "a:b" }, /^Cannot listen on "a:b": give a port, an address or address:port$/],
      [{ require: { platform: "macos" } }, /^Cannot use option require\.platform \("macos"\): /],
      [{ require: { tag: "gpu" } }, /^Cannot use option require\.tag: there is none of that name$/],
      [{ isolation: {} }, /^Cannot use option isolation \(an object\): /],
      [{ timeout: 5 }, /^Cannot use option timeout: there is none of that name$/],
    ];
    for (const [options, message] of refused) {
      assert.throws(() => resolveOptions(options, platformOf()), { name: "UsageError", message });
    }
  });
});

describe("resolveSubmitOptions()", () => {
  it("takes from the cluster what the job leaves open", () => {
    const base = resolveOptions({ retries: 2, backoffMs: 7, timeoutMs: 1000 }, platformOf());
    const policy = resolveSubmitOptions({ timeoutMs: 5 }, base, platformOf());
    assert.deepEqual([policy.retries, policy.timeoutMs, policy.backoff.firstMs], [2, 5, 7]);
  });

  it("refuses what is no signal, no list of buffers, or unknown", () => {
    const base = resolveOptions({}, platformOf());
    const wrong = [{ signal: {} }, { transfer: new ArrayBuffer(1) }, { isolation: "worker" }];
    for (const options of wrong) {
      assert.throws(() => resolveSubmitOptions(options as never, base, platformOf()), UsageError);
    }
    const right = { signal: new AbortController().signal, transfer: [new ArrayBuffer(1)] };
    resolveSubmitOptions(right, base, platformOf());
  });
});

describe("checkMapOptions()", () => {
  it("takes both kinds of iterables, and texts", () => {
    async function* later(): AsyncGenerator<number> {
      yield 1;
    }
    for (const inputs of [[], "text", new Set(), later()]) checkMapOptions(inputs, {});
  });

  it("refuses anything else, and windows that hold nothing", () => {
    for (const inputs of [null, undefined, 5, {}, () => []]) {
      assert.throws(() => checkMapOptions(inputs as never, {}), /^UsageError: Cannot map over /);
    }
    for (const window of [0, -1, 1.5, Infinity, "2"]) {
      assert.throws(() => checkMapOptions([], { window: window as number }), /option window/);
    }
  });
});
