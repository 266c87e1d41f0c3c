import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import type { Member } from "../../../lib/core/discovery/state.ts";
import { loadCrypto } from "../../../lib/net/crypto.ts";
import { Discovery, type DiscoveryConfig } from "../../../lib/net/discovery/discovery.ts";
import { limits } from "../../../lib/proto/limits.ts";
import {
  type DiscoveryPacket,
  openDiscovery,
  sealDiscovery,
} from "../../../lib/wire/discovery_packet.ts";
import { keyringOf, newIdentity } from "./ends.ts";

const crypto = await loadCrypto();
const keys = keyringOf(1);
const key = keys.secrets[0].discoveryKey;
/** Not an address of this machine: what is announced is not dialled here. */
const announced = "10.99.0.1";

/** A socket on loopback, and the datagrams it got. */
class Probe implements AsyncDisposable {
  readonly socket: Socket = createSocket("udp4");
  readonly received: Uint8Array[] = [];
  sentBytes = 0;

  static async open(): Promise<Probe> {
    const probe = new Probe();
    probe.socket.on("message", (bytes) => probe.received.push(bytes));
    await new Promise<void>((resolve) => probe.socket.bind(0, "127.0.0.1", resolve));
    return probe;
  }

  get port(): number {
    return this.socket.address().port;
  }

  send(bytes: Uint8Array, port: number): Promise<void> {
    this.sentBytes += bytes.length;
    return new Promise((resolve) => this.socket.send(bytes, port, "127.0.0.1", () => resolve()));
  }

  /** Sends many, and lets the other side take them in between: they are in one process. */
  async flood(packets: Iterable<Uint8Array>, port: number): Promise<void> {
    let sent = 0;
    for (const packet of packets) {
      await this.send(packet, port);
      sent += 1;
      if (sent % 20 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.socket.close(() => resolve()));
  }
}

function sealed(changes: Partial<DiscoveryPacket> = {}): Uint8Array {
  return sealDiscovery(crypto, key, randomBytes(24), {
    kind: "query",
    cluster: "default",
    role: "client",
    hostKey: randomBytes(32),
    instanceId: randomBytes(16),
    sequence: 1,
    port: 0,
    udpPort: 0,
    addresses: [],
    peers: [],
    answers: undefined,
    ...changes,
  });
}

/** Discovery that speaks to nobody of itself, on a free port of this machine. */
async function start(changes: Partial<DiscoveryConfig> = {}) {
  const found: Member[] = [];
  const problems: string[] = [];
  // Somebody else may take the port in between: then it says so, and another is tried.
  for (;;) {
    const probe = await Probe.open();
    const { port } = probe;
    await probe[Symbol.asyncDispose]();
    const discovery = await Discovery.start({
      role: "node",
      identity: newIdentity(),
      keys,
      daemon: { port: 7701, listensOn: () => [announced] },
      seeds: [],
      ownDaemons: false,
      onFound: (member) => found.push(member),
      onGone: () => {},
      onProblem: (message) => problems.push(message),
      port,
      hostAddresses: () => [],
      ...changes,
    });
    if (problems.length === 0) return { discovery, port, found };
    await discovery.close();
    problems.length = 0;
  }
}

async function until(holds: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (!holds()) {
    assert.ok(performance.now() < deadlineMs, "waited in vain");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("discovery over sockets", () => {
  it("finds a daemon through a seed, and nobody with another secret does", async () => {
    const { discovery, port } = await start();
    const seeds = [{ host: "localhost", port }];
    const base = {
      role: "client" as const,
      seeds,
      identity: newIdentity(),
      ownDaemons: false,
      onGone: () => {},
      onProblem: () => {},
      hostAddresses: () => [],
    };
    const found: Member[] = [];
    const strangers: Member[] = [];
    const seeker = await Discovery.start({ ...base, keys, onFound: (one) => found.push(one) });
    const stranger = await Discovery.start({
      ...base,
      keys: keyringOf(2),
      onFound: (one) => strangers.push(one),
    });
    await until(() => found.length > 0 && discovery.unreadable > 1);
    assert.deepEqual(found[0]?.addresses, [announced]);
    assert.equal(found[0]?.port, 7701);
    assert.equal(strangers.length, 0);
    await Promise.all([seeker.close(), stranger.close(), discovery.close()]);
  });

  it("says no more than it hears under a flood of junk and of questions", async () => {
    const { discovery, port } = await start();
    await using probe = await Probe.open();
    const memoryBefore = process.memoryUsage().rss;
    const junk = Array.from({ length: 64 }, () => randomBytes(limits.discoveryPacketBytes));
    for (let round = 0; round < 100; round += 1) await probe.flood(junk, port);
    await until(() => discovery.unreadable > 3_000);
    assert.equal(probe.received.length, 0);
    const startedMs = performance.now();
    const asking = { hostKey: randomBytes(32), instanceId: randomBytes(16) };
    const questions = Array.from(
      { length: 3000 },
      (_, n) => sealed({ ...asking, sequence: n + 1 }),
    );
    await probe.flood(questions, port);
    const heard = discovery.unreadable;
    await heardOut(port);
    const seconds = (performance.now() - startedMs) / 1000;
    assert.ok(probe.received.length >= 1 && probe.received.length <= seconds + 1);
    const replyBytes = probe.received.length * limits.discoveryPacketBytes;
    const ratio = replyBytes / probe.sentBytes;
    process.stdout.write(
      `amplification=${ratio.toFixed(4)} unreadable=${heard} seconds=${seconds}\n`,
    );
    assert.ok(ratio <= 1);
    assert.ok(process.memoryUsage().rss - memoryBefore < 200 * 1024 * 1024);
    await discovery.close();
  });

  it("answers 50 questions a second in all, wherever they come from", async () => {
    const { discovery, port } = await start();
    const probes = await Promise.all(Array.from({ length: 120 }, () => Probe.open()));
    const startedMs = performance.now();
    for (const probe of probes) await probe.send(sealed(), port);
    await until(() => probes.filter(({ received }) => received.length > 0).length >= 50);
    const seconds = (performance.now() - startedMs) / 1000;
    const answered = probes.reduce((sum, { received }) => sum + received.length, 0);
    assert.ok(answered <= limits.discoveryRepliesPerSecond * (1 + seconds), String(answered));
    await Promise.all(probes.map((probe) => probe[Symbol.asyncDispose]()));
    await discovery.close();
  });

  it("takes 10,000 packets that are played again for nothing", async () => {
    const { discovery, port, found } = await start();
    await using probe = await Probe.open();
    const daemons = Array.from({ length: 20 }, (_, n) => ({
      kind: "announce",
      role: "node",
      port: 7701,
      hostKey: randomBytes(32),
      instanceId: randomBytes(16),
      addresses: [`10.98.0.${n + 1}`],
    } as const));
    const recorded = Array.from({ length: 10_000 }, (_, n) => {
      const daemon = daemons[n % 20];
      return sealed({ ...daemon, sequence: 1 + Math.floor(n / 20) });
    });
    await probe.flood(recorded, port);
    await until(() => discovery.members.length === 20);
    // The newest of each, so that the recording holds nothing new even if the system dropped some on the way.
    await Promise.all(recorded.slice(-20).map((packet) => probe.send(packet, port)));
    await heardOut(port);
    const before = JSON.stringify(discovery.members);
    await probe.flood(recorded, port);
    await heardOut(port);
    assert.equal(JSON.stringify(discovery.members), before);
    assert.equal(found.length, 20);
    assert.equal(probe.received.length, 0);
    await discovery.close();
  });

  it("seals every packet, always of one size", async () => {
    const { discovery, port } = await start();
    await using probe = await Probe.open();
    const query = { instanceId: randomBytes(16) };
    await probe.send(sealed(query), port);
    await until(() => probe.received.length > 0);
    const [reply] = probe.received;
    assert.ok(reply !== undefined);
    assert.equal(reply.length, limits.discoveryPacketBytes);
    const packet = openDiscovery(crypto, [key], reply);
    assert.equal(packet?.kind, "reply");
    assert.deepEqual([...packet?.answers ?? []], [...query.instanceId]);
    await discovery.close();
  });
});

/** Waits until everything that was sent before has been looked at. */
async function heardOut(port: number): Promise<void> {
  await using probe = await Probe.open();
  await until(() => {
    if (probe.received.length === 0) void probe.send(sealed(), port);
    return probe.received.length > 0;
  });
}
