import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { OfferedFiles } from "../../../lib/client/files/offered_files.ts";
import { RemoteNode } from "../../../lib/client/remote_node.ts";
import { Dispatcher } from "../../../lib/dispatch/dispatcher.ts";
import { attemptOf, type JobEnd } from "../../../lib/dispatch/job_end.ts";
import { ClientSession } from "../../../lib/node/client_session.ts";
import type { NodeParts } from "../../../lib/node/node_parts.ts";
import { CodeCache } from "../../../lib/node/code_cache.ts";
import type { Connection } from "../../../lib/net/types.ts";
import { createLogger } from "../../../lib/platform/logger.ts";
import { FileCache } from "../../../lib/node/file_cache.ts";
import { KeepService } from "../../../lib/node/kept/keep_service.ts";
import { SlotBroker } from "../../../lib/node/slot_broker.ts";
import { detectPlatform } from "../../../lib/platform/mod.ts";
import type { Code } from "../../../lib/proto/executor.ts";
import type { ComputationId, JobId } from "../../../lib/proto/ids.ts";
import { packValue, unpackValue } from "../../../lib/wire/value.ts";
import { memoryConnections } from "../../harness/memory_connection.ts";

type TestJob = { readonly id: JobId; readonly settle: (end: JobEnd) => void };

const policy = {
  retries: 0,
  backoff: { firstMs: 1, maxMs: 1 },
  timeoutMs: undefined,
  reentrant: false,
  maxLosses: 0,
} as const;

function computationOf(fn: string): { id: ComputationId; code: Code } {
  const text = `($scope) => ${fn}`;
  const id = createHash("sha256").update(`script\n${text}`).digest("hex") as ComputationId;
  return { id, code: { format: "script", text, filename: `muster:${id.slice(0, 12)}` } };
}

function createNode(slots = 2): NodeParts & { readonly lines: string[] } {
  const platform = detectPlatform();
  const lines: string[] = [];
  const folder = mkdtempSync(join(shared, "node-"));
  const log = createLogger("debug", (line) => lines.push(line));
  return {
    name: "node",
    files: new FileCache(join(folder, "files")),
    facts: {
      slots,
      runtime: platform.name,
      runtimeVersion: platform.version,
      platform: "linux",
      arch: "x64",
      version: "0",
      tags: [],
    },
    platform,
    isolation: "process",
    codes: new CodeCache(),
    broker: new SlotBroker(),
    folder,
    keeper: new KeepService({ folder: join(folder, "state"), name: "node", log, keepMs: 60_000 }),
    log,
    status: () => ({
      busySlots: 0,
      freeCpu: 1,
      freeMemoryBytes: 1,
      totalMemoryBytes: 2,
      clockMs: 3,
    }),
    lines,
  };
}

const shared = mkdtempSync(join(tmpdir(), "muster-test-"));
after(() => rmSync(shared, { recursive: true }));

/** A client's scheduler with one node, as a cluster puts them together. */
class TestClient {
  readonly dispatcher = new Dispatcher<TestJob>({
    started: (job) => this.started.push(job.id),
    ended: (job, end) => job.settle(end),
  });
  readonly started: string[] = [];
  /** Resolves when the node is lost. */
  readonly gone: Promise<void>;
  readonly #node: RemoteNode;
  readonly #toNode: Connection;
  /** Lets what was sent in bulk go. */
  releaseBulk = (): void => {};
  #count = 0;

  constructor(parts: NodeParts, fn: string) {
    const { toNode, toClient } = memoryConnections();
    this.#toNode = toNode;
    new ClientSession(toClient, parts, { opened: () => {}, ended: () => {} });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    const node: RemoteNode = new RemoteNode(
      toNode,
      Promise.resolve({
        ...computationOf(fn),
        live: false,
        needsProcesses: false,
        files: new OfferedFiles(() => Promise.resolve([])),
      }),
      {
        facts: () => node.open(),
        events: (id, events) => {
          this.dispatcher.receive(node, id, events);
          if (events.some(({ type }) => type === "gone")) resolve();
        },
        unable: () => {},
      },
    );
    this.#node = node;
  }

  submit(args: string | Uint8Array<ArrayBuffer>): { id: JobId; end: Promise<JobEnd> } {
    const id = `job${this.#count += 1}` as JobId;
    const end = new Promise<JobEnd>((settle) => {
      this.dispatcher.submit({ id, settle }, { packed: args }, policy);
    });
    return { id, end };
  }

  /** Keeps bulk from going on its way. */
  holdBulk(): void {
    const released = new Promise<void>((resolve) => this.releaseBulk = resolve);
    const send = this.#toNode.sendBulk.bind(this.#toNode);
    this.#toNode.sendBulk = (pieces) => released.then(() => send(pieces));
  }

  async close(): Promise<void> {
    await this.#node.close();
    this.dispatcher.endAll({ status: "cancelled" });
  }
}

function valueOf(end: JobEnd): unknown {
  const ending = attemptOf(end)?.ending;
  assert.equal(ending?.kind, "finished");
  return ending.packed === undefined ? ending.value : unpackValue(ending.packed);
}

describe("a client and a node", () => {
  it("run tasks, plain and packed, and give their results", async () => {
    const client = new TestClient(createNode(), "(n) => n instanceof Uint8Array ? [1n] : n * 2");
    const ends = await Promise.all([1, 2, 3].map((n) => client.submit(`[${n}]`).end));
    assert.deepEqual(ends.map(valueOf), [2, 4, 6]);
    // [ bytes of length 0 ] in CBOR
    assert.deepEqual(valueOf(await client.submit(Uint8Array.of(0x81, 0x40)).end), [1n]);
    await client.close();
  });

  it("send long values by themselves, among short ones", async () => {
    const client = new TestClient(createNode(), "(v) => v");
    const values = [
      1,
      "ü".repeat(50_000),
      2,
      new Uint8Array(3_000_000).fill(7),
      "x".repeat(20_000),
    ];
    const jobs = values.map((value) => client.submit(packValue([value]) as string));
    const ends = await Promise.all(jobs.map(({ end }) => end));
    assert.deepEqual(ends.map(valueOf), values);
    await client.close();
  });

  it("stop a long task that is still on its way, once it is there", async () => {
    const client = new TestClient(createNode(1), "(s) => { while (s.length > 9); return 1; }");
    assert.equal(valueOf(await client.submit('["a"]').end), 1);
    client.holdBulk();
    const job = client.submit(JSON.stringify(["x".repeat(20_000)]));
    await new Promise((resolve) => setImmediate(resolve));
    client.dispatcher.cancel(job.id);
    await new Promise((resolve) => setImmediate(resolve));
    client.releaseBulk();
    assert.deepEqual((await job.end).ending, { status: "cancelled" });
    assert.equal(valueOf(await client.submit('["a"]').end), 1);
    await client.close();
  });

  it("send the code once", async () => {
    const parts = createNode();
    const first = new TestClient(parts, "() => 1");
    await first.submit("[]").end;
    await first.close();
    const { id, code } = computationOf("() => 1");
    assert.deepEqual(parts.codes.get(id), code);
    const second = new TestClient(parts, "() => 1");
    assert.equal(valueOf(await second.submit("[]").end), 1);
    await second.close();
  });

  it("tell of a job that throws, and of one that ends its process", async () => {
    const client = new TestClient(createNode(), "(n) => n === 1 ? process.exit(3) : null.x");
    const crashed = attemptOf(await client.submit("[1]").end)?.ending;
    assert.ok(crashed?.kind === "crashed");
    assert.match(crashed.how, /exit.*3/);
    const threw = attemptOf(await client.submit("[2]").end)?.ending;
    assert.ok(threw?.kind === "threw" && unpackValue(threw.packed) instanceof TypeError);
    await client.close();
  });

  it("stop a job that spins, and take back one that waits behind it", async () => {
    const client = new TestClient(createNode(1), "(n) => { while (n === 1); return n; }");
    const spinning = client.submit("[1]");
    const waiting = client.submit("[2]");
    client.dispatcher.withdraw(waiting.id);
    assert.deepEqual((await waiting.end).ending, { status: "cancelled" });
    client.dispatcher.cancel(spinning.id);
    assert.deepEqual((await spinning.end).ending, { status: "cancelled" });
    assert.equal(valueOf(await client.submit("[3]").end), 3);
    await client.close();
  });

  it("let a second client wait until the first has gone", async () => {
    const parts = createNode();
    const first = new TestClient(parts, "() => 'first'");
    assert.equal(valueOf(await first.submit("[]").end), "first");
    const second = new TestClient(parts, "() => 'second'");
    const job = second.submit("[]");
    assert.equal(valueOf(await first.submit("[]").end), "first");
    await first.close();
    assert.equal(valueOf(await job.end), "second");
    await second.close();
  });

  it("refuse code that does not load, with its reason", async () => {
    const client = new TestClient(createNode(), "{ throw new RangeError('at load') }");
    const { ending } = await client.submit("[]").end;
    assert.ok(ending.status === "refused" && ending.error instanceof Error);
    await client.close();
  });

  it("part, with the reason in the log, where slots cannot be started", async () => {
    const parts = { ...createNode(), folder: "/no/such/folder" };
    const client = new TestClient(parts, "() => 1");
    await client.gone;
    assert.match(
      parts.lines.join("\n"),
      /error Cannot start slots for client: .*\/no\/such\/folder/,
    );
    await client.close();
  });

  it("cut off a client that says what no client says", () => {
    const parts = createNode();
    const { toNode, toClient } = memoryConnections();
    new ClientSession(toClient, parts, { opened: () => {}, ended: () => {} });
    toClient.onMessage(Uint8Array.of(99));
    assert.match(parts.lines.join(), /client was disconnected: Cannot read a message/);
    toNode.destroy();
  });
});
