import assert from "node:assert/strict";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { FileFetches } from "../../../lib/client/files/file_fetches.ts";
import { ServedFiles } from "../../../lib/node/served_files.ts";
import { limits } from "../../../lib/proto/limits.ts";
import type { NodeToClient } from "../../../lib/proto/node_messages.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";
import { badPaths } from "../../harness/bad_paths.ts";
import { TestBed } from "../../harness/test_bed.ts";

/** A folder of jobs on a node, and a client that fetches from it. */
class ServedBed extends TestBed {
  readonly jobs = join(this.folder, "job");
  readonly served: ServedFiles;
  readonly fetches: FileFetches;
  /** Most bytes that were under way at a time. */
  mostUnderWay = 0;
  #underWay = 0;
  #isLost = false;

  constructor() {
    super();
    mkdirSync(join(this.jobs, ".muster"), { recursive: true });
    this.write("secret", "secret");
    this.write("job/a.bin", "x".repeat(1_500_000));
    this.write("job/empty", "");
    this.write("job/.muster/output-1", "spilt");
    this.served = new ServedFiles(this.jobs, (message) => this.#toClient(message));
    this.fetches = new FileFetches((message) => {
      if (message.type === "fetch") this.served.fetch(message);
      if (message.type !== "fetched") return;
      this.#underWay -= message.bytes;
      this.served.fetched(message.id, message.bytes);
    });
  }

  async fetch(path: string, remove = false): Promise<string> {
    let text = "";
    let size = -1;
    await this.fetches.fetch({ path, remove }, {
      begin: (file) => size = file.size,
      write: async (bytes) => {
        await new Promise((resolve) => setImmediate(resolve));
        text += Buffer.from(bytes).toString();
      },
    });
    assert.equal(text.length, size);
    return text;
  }

  /** The node hears and says no more. */
  lose(): void {
    this.#isLost = true;
    this.served.end();
    this.fetches.end("the node is lost");
  }

  #toClient(message: NodeToClient): void {
    if (this.#isLost) return;
    if (message.type === "part") this.#underWay += message.bytes.length;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.#underWay);
    if (message.type === "file" || message.type === "part" || message.type === "noFile") {
      this.fetches.receive(message);
    }
  }
}

describe("files that a client fetches", () => {
  it("come whole, no more under way than may be, and go if they are to be removed", async () => {
    await using bed = new ServedBed();
    assert.equal(await bed.fetch("a.bin"), "x".repeat(1_500_000));
    assert.ok(bed.mostUnderWay <= limits.fileWindowBytes, String(bed.mostUnderWay));
    assert.equal(await bed.fetch("empty"), "");
    assert.equal(await bed.fetch(".muster/output-1", true), "spilt");
    // It goes right after its last byte.
    while (existsSync(join(bed.jobs, ".muster/output-1"))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(existsSync(join(bed.jobs, "a.bin")), true);
  });

  it("are of the jobs' folder and none else, whatever path is asked for", async () => {
    await using bed = new ServedBed();
    symlinkSync("../secret", join(bed.jobs, "link"));
    symlinkSync("..", join(bed.jobs, "up"));
    mkdirSync(join(bed.jobs, "folder"));
    const paths = [...badPaths, ".muster/../../secret", "link", "up/secret", "folder", "missing"];
    let read = 0;
    for (const path of paths) {
      await assert.rejects(async () => {
        await bed.fetch(path);
        read += 1;
      }, Error);
    }
    assert.equal(read, 0);
    await assert.rejects(bed.fetch("missing"), /there is no such file/);
    await assert.rejects(bed.fetch("folder"), /it is no file/);
    await assert.rejects(bed.fetch("link"), /outside the folder/);
  });

  it("stop with what takes them, and with the node", async () => {
    await using bed = new ServedBed();
    const sink = { begin: () => {}, write: () => Promise.reject(new Error("disk full")) };
    await assert.rejects(bed.fetches.fetch({ path: "a.bin", remove: false }, sink), /disk full/);
    const held = { begin: () => {}, write: () => new Promise<void>(() => {}) };
    const fetched = bed.fetches.fetch({ path: "a.bin", remove: false }, held);
    bed.lose();
    await assert.rejects(fetched, /the node is lost/);
  });

  it("are not too many at a time, and none that nobody asked for", async () => {
    await using bed = new ServedBed();
    const held = { begin: () => {}, write: () => new Promise<void>(() => {}) };
    for (let count = 0; count < limits.maxFetches; count += 1) {
      bed.fetches.fetch({ path: "a.bin", remove: false }, held).catch(() => {});
    }
    assert.throws(
      () => bed.served.fetch({ type: "fetch", id: 99, path: "empty", remove: false }),
      MalformedTupleError,
    );
    const part = { type: "part", id: 77, bytes: new Uint8Array() } as const;
    assert.throws(() => bed.fetches.receive(part), MalformedTupleError);
    bed.lose();
  });
});
