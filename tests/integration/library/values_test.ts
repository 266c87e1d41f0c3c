import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { clusterOf, isolations } from "./support.ts";

function echo(value: unknown): unknown {
  return value;
}

/** What the job sees: an echo alone cannot tell. */
function kindOf(value: unknown): string {
  return `${Object.prototype.toString.call(value)} ${
    (value as { constructor?: { name?: string } } | null)?.constructor?.name
  }`;
}

function increment(memory: SharedArrayBuffer): number {
  return Atomics.add(new Int32Array(memory), 0, 1);
}

function sum(parts: { readonly all: ArrayBuffer; readonly tail: Uint8Array }): number {
  if (parts.tail.buffer !== parts.all) return -1;
  return parts.tail.reduce((total, each) => total + each, 0);
}

async function failFirst(buffer: ArrayBuffer, path: string): Promise<number> {
  const { existsSync, writeFileSync } = await import("node:fs");
  if (!existsSync(path)) {
    writeFileSync(path, "");
    throw new Error("first");
  }
  return buffer.byteLength;
}

const shared = { name: "shared" };
const circular: Record<string, unknown> = { list: [1] };
circular["self"] = circular;

const values: readonly unknown[] = [
  undefined,
  null,
  true,
  -0,
  NaN,
  Infinity,
  "text \u{1f600} \ud800",
  2n ** 70n,
  new Date(1.5e12),
  new Date(NaN),
  /a+b/giu,
  [1, , 3],
  { nested: { deep: [{}] }, undefined: undefined },
  Object.assign(Object.create(null), { a: 1 }),
  new Map<unknown, unknown>([[{ key: 1 }, new Set([1, "1"])], [NaN, null]]),
  new Set([[1], new Map()]),
  [shared, shared],
  circular,
  new Uint8Array([1, 2, 255]),
  new Uint8ClampedArray([300]),
  new Int16Array([-1]),
  new Uint32Array([2 ** 32 - 1]),
  new Float32Array([1.5]),
  new Float64Array([Math.PI, NaN]),
  new BigInt64Array([-1n]),
  new BigUint64Array([2n ** 64n - 1n]),
  new ArrayBuffer(5),
  new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2),
  Object(1),
  Object("text"),
  Object(false),
  Object(3n),
  new TypeError("wrong", { cause: new RangeError("inner") }),
  new AggregateError([new Error("one")], "many"),
];

for (const isolation of isolations) {
  describe(`values of jobs (${isolation})`, () => {
    it("arrive unchanged as argument and as result", async () => {
      await using cluster = await clusterOf(echo, import.meta.url, { isolation });
      await using seen = await clusterOf(kindOf, import.meta.url, { isolation });
      for (const value of values) {
        assert.deepEqual(await cluster.submit(value), value);
        assert.equal(await seen.submit(value), kindOf(value));
      }
      const [a, b] = await cluster.submit([shared, shared]) as [unknown, unknown];
      assert.equal(a, b);
      const back = await cluster.submit(circular) as Record<string, unknown>;
      assert.equal(back["self"], back);
    });

    it("are refused at submit when they cannot travel, by place", async () => {
      await using cluster = await clusterOf(echo, import.meta.url, { isolation });
      class Point {
        x = 1;
      }
      const refused: [unknown, RegExp][] = [
        [() => 1, /at \[0\]: it is a function/],
        [{ list: [1, Symbol("s")] }, /at \[0\]\.list\[1\]: it is a symbol/],
        [Promise.resolve(1), /at \[0\]: it is a [Pp]romise/],
        [new Point(), /at \[0\]: it is .*Point/],
        [new WeakMap(), /at \[0\]: it is .*WeakMap/],
      ];
      for (const [value, message] of refused) {
        assert.throws(() => cluster.submit(value), (error: unknown) => {
          assert.ok(error instanceof TypeError);
          assert.match(error.message, message);
          return true;
        });
      }
      assert.equal(cluster.pending, 0);
      assert.equal(await cluster.submit("fine"), "fine");
    });

    it("move when asked: the sender's are empty, the job has all bytes", async () => {
      await using cluster = await clusterOf(sum, import.meta.url, { isolation });
      const jobs = Array.from({ length: 50 }, () => {
        const all = new Uint8Array([1, 2, 3, 4]).buffer;
        const job = cluster.submitWith({ transfer: [all, all] }, {
          all,
          tail: new Uint8Array(all, 2),
        });
        assert.equal(all.byteLength, 0);
        assert.ok(all.detached);
        return job;
      });
      for (const job of jobs) assert.equal(await job, 7);
    });

    it("are not moved when they cannot be, and the call is refused", async () => {
      await using cluster = await clusterOf(echo, import.meta.url, { isolation });
      const buffer = new ArrayBuffer(4);
      assert.throws(
        () => cluster.submitWith({ transfer: [buffer] }, 1),
        /transfer\[0\]: it is not in/,
      );
      assert.throws(
        () => cluster.submitWith({ transfer: [buffer] }, [buffer, () => 1]),
        /function/,
      );
      assert.equal(buffer.byteLength, 4);
      const wrong = new Uint8Array(1) as unknown as ArrayBuffer;
      assert.throws(
        () => cluster.submitWith({ transfer: [wrong] }, wrong),
        /transfer\[0\]: it is no/,
      );
      cluster.submitWith({ transfer: [buffer] }, buffer);
      assert.throws(() => cluster.submitWith({ transfer: [buffer] }, buffer), /was moved before/);
    });

    it("are there again when a job with moved ones is retried", async () => {
      const folder = mkdtempSync(join(tmpdir(), "muster-test-"));
      {
        const options = { isolation, retries: 1, backoffMs: 1 };
        await using cluster = await clusterOf(failFirst, import.meta.url, options);
        const buffer = new ArrayBuffer(8);
        const job = cluster.submitWith({ transfer: [buffer] }, buffer, join(folder, "tried"));
        assert.equal(buffer.byteLength, 0);
        assert.equal(await job, 8);
        assert.equal(job.attempt, 2);
      }
      rmSync(folder, { recursive: true });
    });

    it("share memory with Workers, and are refused where there is none to share", async () => {
      await using cluster = await clusterOf(increment, import.meta.url, { isolation });
      const memory = new SharedArrayBuffer(4);
      if (isolation === "process") {
        assert.throws(
          () => cluster.submit(memory),
          /it is a SharedArrayBuffer; memory can be shared only/,
        );
        return;
      }
      await Promise.all(Array.from({ length: 20 }, () => cluster.submit(memory)));
      assert.equal(new Int32Array(memory)[0], 20);
    });
  });
}
