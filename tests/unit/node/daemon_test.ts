import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Connection, ListenOptions } from "../../../lib/net/types.ts";
import { NodeDaemon } from "../../../lib/node/daemon.ts";
import { createLogger } from "../../../lib/platform/logger.ts";
import type { ComputationId } from "../../../lib/proto/ids.ts";
import { decodeNodeMessage } from "../../../lib/wire/node_codec.ts";
import { encodeClientMessage } from "../../../lib/wire/node_codec_client.ts";
import { memoryConnections } from "../../harness/memory_connection.ts";
import { inTempFolder } from "../cli/temp_folder.ts";

/** A daemon without a network, whose clients are connected by `connect`. */
async function withDaemon(
  use: (connect: () => Connection, daemon: NodeDaemon, lines: string[]) => Promise<void>,
): Promise<void> {
  await inTempFolder(async (folder) => {
    const lines: string[] = [];
    let listening: ListenOptions | undefined;
    const key = new Uint8Array(32);
    const daemon = await NodeDaemon.start({
      name: "n1",
      hosts: ["127.0.0.1"],
      port: 0,
      cpus: 1,
      tags: ["gpu"],
      isolation: "process",
      clients: [],
      destPath: join(folder, "work"),
      stateFolder: join(folder, "state"),
      keepMs: 60_000,
      identity: {
        hostSecretKey: key,
        hostKey: key,
        fingerprint: "",
        instanceId: new Uint8Array(16),
      },
      keys: {
        secrets: [{ nodePsk: key, clientPsk: key, discoveryKey: key }],
        fingerprint: "",
        source: "",
      },
      authorize: () => undefined,
      listen: (options) => {
        listening = options;
        return Promise.resolve({
          addresses: [],
          add: (host) => Promise.resolve({ host, port: 0 }),
          recheck: () => {},
          close: () => Promise.resolve(),
        });
      },
      dial: () => Promise.reject(new Error("not in this test")),
      log: createLogger("info", (line) => lines.push(line)),
    });
    assert.deepEqual(listening?.accepts, ["client", "scheduler"]);
    const connect = (): Connection => {
      const { toNode, toClient } = memoryConnections();
      listening?.onConnection(toClient);
      return toNode;
    };
    await use(connect, daemon, lines);
    await daemon.stop();
  });
}

function open(connection: Connection): void {
  const computation = "0".repeat(64) as ComputationId;
  connection.send(encodeClientMessage({ type: "open", computation }));
}

function closed(connection: Connection): Promise<void> {
  return new Promise((resolve) => connection.onClose = () => resolve());
}

describe("NodeDaemon", () => {
  it("says what it is, with its tags", async () => {
    await withDaemon(async (connect) => {
      const connection = connect();
      const first = await new Promise<Uint8Array>((resolve) => connection.onMessage = resolve);
      const message = decodeNodeMessage(first);
      assert.ok(message.type === "facts");
      assert.deepEqual([message.facts.slots, message.facts.tags], [1, ["gpu"]]);
    });
  });

  it("ends a client's earlier session when it asks again, and not one that it keeps beside", async () => {
    await withDaemon(async (connect, _daemon, lines) => {
      const [first, beside, again] = [connect(), connect(), connect()];
      const firstClosed = closed(first);
      let isBesideClosed = false;
      void closed(beside).then(() => isBesideClosed = true);
      open(first);
      await new Promise((resolve) => setImmediate(resolve));
      open(again);
      await firstClosed;
      assert.match(lines.join("\n"), /info client is back: its connection from before ends/);
      assert.equal(isBesideClosed, false);
    });
  });

  it("says goodbye to all clients when it stops", async () => {
    await withDaemon(async (connect, daemon) => {
      const connection = connect();
      const kind = new Promise<string>((resolve) => {
        connection.onClose = (reason) => resolve(reason.kind);
      });
      await daemon.stop();
      assert.equal(await kind, "bye");
    });
  });
});
