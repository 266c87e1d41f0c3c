import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { ConnectError } from "../../../lib/net/connect_error.ts";
import { formatPublicKey } from "../../../lib/net/policy.ts";
import type { DialOptions, ListenOptions, Refusal } from "../../../lib/net/types.ts";
import {
  closePair,
  connectPair,
  dialHere,
  keyringOf,
  listenHere,
  newIdentity,
  portOf,
} from "./ends.ts";

/** What a dial that must fail ends with, and what the listener had to tell. */
async function refused(
  changes: { listen?: Partial<ListenOptions>; dial?: Partial<DialOptions> },
): Promise<{ error: ConnectError; refusals: Refusal[]; seconds: number; accepted: number }> {
  const refusals: Refusal[] = [];
  let accepted = 0;
  const listener = await listenHere({
    onRefused: (refusal) => refusals.push(refusal),
    onConnection: () => accepted++,
    ...changes.listen,
  });
  const startedAtMs = performance.now();
  const error = await dialHere(portOf(listener), changes.dial).then(
    () => assert.fail("it was not refused"),
    (error) => error,
  );
  const seconds = (performance.now() - startedAtMs) / 1000;
  await listener.close();
  assert.ok(error instanceof ConnectError, String(error));
  return { error, refusals, seconds, accepted };
}

describe("a host that is refused learns why within 5 s", () => {
  it("another secret: both sides name the command that compares them", async () => {
    const { error, refusals, seconds, accepted } = await refused({ dial: { keys: keyringOf(2) } });
    assert.equal(error.reason, "secret");
    assert.match(
      error.message,
      /^Cannot connect to 127\.0\.0\.1:\d+: .*another secret.*muster keygen --fingerprint/,
    );
    assert.match(refusals[0]?.message ?? "", /from 127\.0\.0\.1: it has another secret/);
    assert.ok(seconds < 5);
    assert.equal(accepted, 0);
  });

  it("a secret of the other role: the dialler's own file is named", async () => {
    const { error } = await refused({ dial: { keys: keyringOf(1, "node") } });
    assert.equal(error.reason, "role");
    assert.match(error.message, /as client: secret holds the key for nodes; use one for clients/);
  });

  it("another cipher than the only one that a node takes: the dialler is told which", async () => {
    for (const [suite, other] of [["nacl", "aes"], ["aes", "nacl"]] as const) {
      const { error, accepted, refusals } = await refused({
        listen: { suite },
        dial: { suite: other },
      });
      assert.equal(error.reason, "rejected");
      assert.match(
        error.message,
        RegExp(`it refused: it takes the cipher ${suite} alone; connect with --cipher ${suite}`),
      );
      assert.match(refusals[0]?.message ?? "", RegExp(`takes the cipher ${suite} alone`));
      assert.equal(accepted, 0);
    }
  });

  it("a listener that holds the keys of nodes alone takes no clients", async () => {
    const { error } = await refused({ listen: { keys: keyringOf(1, "node") } });
    assert.equal(error.reason, "secret");
  });

  it("a role that the listener does not take: it says which it takes", async () => {
    const { error, refusals, accepted } = await refused({
      listen: { accepts: ["client"] },
      dial: { role: "node" },
    });
    assert.equal(error.reason, "rejected");
    assert.match(
      error.message,
      /it refused: this is a node, which takes connections of clients only/,
    );
    assert.match(refusals[0]?.message ?? "", /node "dialler": this is a node/);
    assert.equal(accepted, 0);
  });

  it("another role than the expected one, before this side has shown its key", async () => {
    const { error, accepted } = await refused({ dial: { expectedRoles: ["scheduler"] } });
    assert.equal(error.reason, "wrongRole");
    assert.match(error.message, /a node answers there, and no scheduler$/);
    assert.equal(accepted, 0);
  });

  it("a listener that none of those it takes could prove themselves to does not start", async () => {
    await assert.rejects(
      listenHere({ accepts: ["node"], keys: keyringOf(1, "client") }),
      /^UsageError: Cannot take connections of nodes: secret holds the key for others only/,
    );
  });

  it("a host key that is not in known_hosts: the line to add is in the message", async () => {
    const identity = newIdentity();
    const { error, accepted } = await refused({
      listen: { identity },
      dial: { knownHosts: { accepts: () => false, source: "/home/me/known_hosts" } },
    });
    assert.equal(error.reason, "unknownHost");
    assert.match(error.message, /not in \/home\/me\/known_hosts/);
    assert.ok(error.message.includes(`add this line: ${formatPublicKey(identity.hostKey)} `));
    assert.equal(accepted, 0);
  });

  it("another host than the expected one", async () => {
    const { error } = await refused({ dial: { expectedHostKey: newIdentity().hostKey } });
    assert.equal(error.reason, "unknownHost");
    assert.match(error.message, /is not the one expected/);
  });

  it("a member that the policy keeps out: told in the policy's words, control characters removed", async () => {
    const { error, refusals, accepted } = await refused({
      listen: { authorize: ({ name }) => `${name} has to wait\x1b[2J` },
    });
    assert.equal(error.reason, "rejected");
    assert.match(error.message, /it refused: dialler has to wait\?\[2J$/);
    assert.match(refusals[0]?.message ?? "", /client "dialler": dialler has to wait/);
    assert.equal(accepted, 0);
  });

  it("nothing listens there", async () => {
    const listener = await listenHere();
    const port = portOf(listener);
    await listener.close();
    const error = await dialHere(port).catch((error) => error);
    assert.ok(error instanceof ConnectError);
    assert.equal(error.reason, "unreachable");
  });

  it("something else answers there", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.resume();
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n".repeat(20));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const error = await dialHere((server.address() as AddressInfo).port).catch((error) => error);
    assert.ok(error instanceof ConnectError);
    assert.equal(error.reason, "protocol");
    assert.match(error.message, /no muster host/);
    await new Promise((resolve) => server.close(resolve));
  });

  it("an aborted dial rejects with the signal's reason, and the other side sees it leave", async () => {
    const server = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const aborting = new AbortController();
    const left = new Promise((resolve) =>
      server.on("connection", (socket) => {
        aborting.abort(new Error("enough"));
        socket.on("error", () => {});
        socket.on("close", resolve);
      })
    );
    const dialling = dialHere((server.address() as AddressInfo).port, { signal: aborting.signal });
    await assert.rejects(dialling, /enough/);
    await left;
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("a listener", () => {
  it("tells of refused connections of one kind once, however many come", async () => {
    const refusals: Refusal[] = [];
    const listener = await listenHere({ onRefused: (refusal) => refusals.push(refusal) });
    for (let index = 0; index < 5; index++) {
      await assert.rejects(dialHere(portOf(listener), { keys: keyringOf(2) }));
    }
    assert.equal(refusals.length, 1);
    await listener.close();
  });

  it("takes many members at once from one address", async () => {
    let accepted = 0;
    const listener = await listenHere({ onConnection: () => accepted++ });
    for (let round = 0; round < 10; round++) {
      const dialling = Array.from({ length: 6 }, () => dialHere(portOf(listener)));
      for (const connection of await Promise.all(dialling)) connection.destroy();
    }
    assert.equal(accepted, 60);
    await listener.close();
  });

  it("cuts connections off that its policy no longer allows", async () => {
    const removed = new Set<string>();
    const authorize: ListenOptions["authorize"] = ({ name }) =>
      removed.has(name) ? "its line is gone" : undefined;
    const pair = await connectPair({ listen: { authorize } });
    pair.listener.recheck();
    pair.accepted.connection.send(Uint8Array.of(1));
    await pair.dialled.received(1);
    removed.add("dialler");
    pair.listener.recheck();
    assert.equal((await pair.dialled.closed).kind, "lost");
    await closePair(pair);
  });

  it("listens on several addresses with one port, and says which are taken", async () => {
    const listener = await listenHere({ hosts: ["127.0.0.1", "::1"] }).catch(() => undefined);
    // A machine without IPv6 has one address of loopback only.
    if (listener === undefined) return;
    const [first, second] = listener.addresses;
    assert.equal(first?.port, second?.port);
    const connection = await dialHere(portOf(listener), { host: "::1" });
    assert.match(connection.peer.address, /^\[::1\]:\d+$/);
    connection.destroy();
    await assert.rejects(listenHere({ port: portOf(listener) }), /another program uses that port/);
    await listener.close();
  });

  it("says goodbye to everybody when it closes", async () => {
    const pair = await connectPair();
    await pair.listener.close();
    assert.deepEqual(await pair.dialled.closed, { kind: "bye" });
    await assert.rejects(dialHere(portOf(pair.listener)), ConnectError);
  });
});
