import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { limits } from "../../../../lib/proto/limits.ts";
import type { Hint } from "../../../../lib/core/discovery/events.ts";
import { nextWakeMs } from "../../../../lib/core/discovery/machine.ts";
import { Bench, me, packet } from "./fixture.ts";

const types = (effects: readonly { readonly type: string }[]) => effects.map(({ type }) => type);

describe("discovery of a daemon", () => {
  it("asks at its start, and announces itself every 30 to 60 s from then on", () => {
    const bench = new Bench("daemon");
    assert.equal(nextWakeMs(bench.state), undefined, "before it knows its addresses");
    const kinds = [...bench.start(), ...bench.pass(10 * 60_000)].map((effect) =>
      effect.type === "broadcast" ? effect.kind : effect.type
    );
    assert.deepEqual(kinds.slice(0, 4), ["query", "query", "announce", "announce"]);
    const announced = kinds.filter((kind) => kind === "announce").length;
    assert.ok(announced >= 10 && announced <= 22, String(announced));
  });

  it("speaks at once when its addresses have changed", () => {
    const bench = new Bench("daemon");
    bench.start();
    bench.pass(60_000);
    assert.deepEqual(types(bench.start(["10.0.0.7"])), ["broadcast"]);
  });

  it("answers a question, by the socket it came to, and names others in turn", () => {
    const bench = new Bench("daemon");
    bench.start();
    for (let n = 11; n < 31; n += 1) bench.hear({ instance: `n${n}` });
    const named = new Set<string>();
    for (let round = 1; round <= 3; round += 1) {
      bench.nowMs += 1000;
      const client = { instance: "c2", role: "client", port: 0, kind: "query" } as const;
      const [reply] = bench.hear({ ...client, sequence: round }, { socket: 3 });
      assert.ok(reply?.type === "reply" && reply.source.socket === 3 && reply.answers === "c2");
      assert.equal(reply.peers.length, limits.maxDiscoveryPeers);
      for (const { address, port } of reply.peers) named.add(`${address}:${port}`);
    }
    assert.equal(named.size, 20);
    assert.equal(bench.members.length, 20, "a client is no member");
  });

  it("answers one place once a second, and all together 50 times", () => {
    const bench = new Bench("daemon");
    bench.start();
    const ask = (sequence: number, port: number) =>
      types(bench.hear({ instance: "c2", role: "client", kind: "query", sequence }, { port }))
        .filter((type) => type === "reply").length;
    assert.deepEqual([ask(1, 1), ask(2, 1), ask(3, 2)], [1, 0, 1]);
    bench.nowMs += 999;
    assert.equal(ask(4, 1), 0);
    bench.nowMs += 1;
    assert.equal(ask(5, 1), 1);
    let answered = 0;
    for (let port = 10; port < 300; port += 1) answered += ask(port, port);
    assert.equal(answered, 49);
  });

  it("tells a daemon that asks nothing of itself", () => {
    const bench = new Bench("daemon");
    bench.start();
    const [found, reply] = bench.hear({ instance: "n2", kind: "query" });
    assert.equal(found?.type, "found");
    assert.ok(reply?.type === "reply" && reply.peers.length === 0);
  });

  it("asks its seeds again and again, and members that fell silent", () => {
    const bench = new Bench("daemon");
    bench.step({ type: "seeds", places: [{ address: "10.9.0.1", port: 7700 }] });
    bench.start();
    bench.hear({ instance: "n2" });
    const asked = bench.pass(100_000).flatMap((effect) =>
      effect.type === "ask" ? [effect.place.address] : []
    );
    assert.ok(asked.filter((address) => address === "10.9.0.1").length >= 3);
    assert.ok(asked.includes("10.0.0.2"));
  });
});

describe("discovery of a seeker", () => {
  it("asks at once, then after growing pauses, and announces nothing", () => {
    const bench = new Bench("seeker");
    const kinds = new Set<string>();
    const times: number[] = [];
    bench.start();
    for (let n = 0; n < 12; n += 1) {
      const wakeMs = nextWakeMs(bench.state) ?? NaN;
      for (const effect of bench.pass(wakeMs - bench.nowMs)) {
        if (effect.type === "broadcast") kinds.add(effect.kind);
      }
      times.push(bench.nowMs);
    }
    assert.deepEqual([...kinds], ["query"]);
    assert.deepEqual(times.slice(0, 3), [300, 1200, 2500]);
    const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    assert.ok(pauses.slice(6).every((pause) => pause >= 8000 && pause <= 12_000), String(pauses));
  });

  it("believes answers to its own questions alone", () => {
    const bench = new Bench("seeker");
    bench.start();
    bench.hear({ instance: "n2" });
    bench.hear({ instance: "n3", kind: "reply", answers: "another" });
    assert.deepEqual(types(bench.hear({ instance: "n4", kind: "query" })), []);
    assert.equal(bench.members.length, 0);
    const found = bench.hear({ instance: "n5", kind: "reply", answers: me.instance });
    assert.deepEqual(types(found), ["found"]);
  });

  it("asks the peers that a reply names, each once, and not what it knows", () => {
    const bench = new Bench("seeker");
    bench.start();
    const answer = { kind: "reply", answers: me.instance } as const;
    bench.hear({ instance: "n2", ...answer });
    const peers = [
      { address: "10.0.0.2", port: 40_000 },
      { address: "10.3.0.9", port: 41_000 },
      { address: "127.0.0.1", port: 7700 },
      { address: me.address, port: 7700 },
      { address: "239.255.77.83", port: 7700 },
      { address: "255.255.255.255", port: 7700 },
      { address: "10.3.0.9", port: 0 },
      { address: "fe80::1", port: 9 },
    ];
    const effects = bench.hear({ instance: "n3", ...answer, peers });
    bench.hear({ instance: "n4", ...answer, peers });
    const asked = effects.flatMap((effect) => effect.type === "ask" ? [effect.place] : []);
    assert.deepEqual(asked, [{ address: "10.3.0.9", port: 41_000 }]);
  });

  it("finds a large cluster through one seed, a few questions at a time", () => {
    const bench = new Bench("seeker");
    const places = Array.from({ length: 300 }, (_, n) => ({
      address: `10.1.${n >> 8}.${n & 255}`,
      port: 40_000,
    }));
    bench.step({ type: "seeds", places: places.slice(0, 1) });
    let sequence = 0;
    let pending = bench.start();
    let longest = 0;
    for (let turn = 0; turn < 4000 && bench.members.length < 300; turn += 1) {
      const asks = pending.flatMap((effect) => effect.type === "ask" ? [effect.place.address] : []);
      longest = Math.max(longest, asks.length);
      pending = [];
      for (const address of asks) {
        const at = places.findIndex((place) => place.address === address);
        const peers = Array.from(
          { length: 8 },
          (_, n) => places[(at * 7 + n + turn) % 300] ?? { address, port: 40_000 },
        );
        const changes = {
          kind: "reply",
          answers: me.instance,
          addresses: [address],
          peers,
        } as const;
        sequence += 1;
        pending.push(...bench.hear({ instance: `i${at}`, sequence, ...changes }));
      }
      pending.push(...bench.pass(50));
    }
    assert.equal(bench.members.length, 300);
    assert.ok(longest <= 16, String(longest));
    assert.ok(bench.nowMs < 60_000, `${bench.nowMs} ms`);
  });

  it("counts daemons of its own host only when asked to", () => {
    const own = { instance: "n9", hostKey: me.hostKey, addresses: [me.address] };
    const answer = { kind: "reply", answers: me.instance } as const;
    for (const ownDaemons of [false, true]) {
      const bench = new Bench("seeker", { ownDaemons });
      bench.start();
      bench.hear({ ...own, ...answer });
      assert.equal(bench.members.length, Number(ownDaemons));
      // Whoever says so must have the key of this host.
      bench.hear({ ...own, ...answer, instance: "n8", hostKey: "key-n8" });
      assert.equal(bench.members.length, Number(ownDaemons));
    }
  });
});

describe("what is known of daemons", () => {
  it("has no loopback, no group, no address of this host; the way it came first", () => {
    const bench = new Bench("daemon");
    bench.start();
    const addresses = [
      "127.0.0.1",
      "::1",
      "172.17.0.1",
      me.address,
      "ff02::1",
      "10.0.0.4",
      "fd00::4",
    ];
    bench.hear({ instance: "n4", addresses }, { address: "10.0.0.4" });
    assert.deepEqual(bench.members[0]?.addresses, ["10.0.0.4", "172.17.0.1", "fd00::4"]);
    // Not the place that a packet came from: anybody can send one from anywhere.
    bench.hear({ instance: "n5", addresses: ["127.0.0.1"] }, { address: "10.0.0.5" });
    assert.equal(bench.members.length, 1);
  });

  it("replaces a daemon that was started again, and keeps two on one host apart", () => {
    const bench = new Bench("daemon");
    bench.start();
    const host = { hostKey: "key-h", addresses: ["10.0.0.8"] };
    bench.hear({ instance: "n8", ...host });
    bench.hear({ instance: "n9", ...host, port: 7799 });
    const effects = bench.hear({ instance: "n7", ...host });
    assert.deepEqual(types(effects), ["gone", "found"]);
    assert.deepEqual(bench.members.map(({ instance }) => instance), ["n9", "n7"]);
  });

  it("is not changed by somebody with another key", () => {
    const bench = new Bench("daemon");
    bench.start();
    bench.hear({ instance: "n2" });
    bench.hear({ instance: "n2", sequence: 2, hostKey: "key-x", addresses: ["10.0.0.66"] });
    assert.deepEqual(bench.members[0]?.addresses, ["10.0.0.2"]);
  });

  it("is forgotten after three minutes of silence", () => {
    const bench = new Bench("daemon");
    bench.start();
    bench.hear({ instance: "n2" });
    bench.nowMs += 100_000;
    bench.hear({ instance: "n3" });
    const gone = bench.pass(100_000).filter(({ type }) => type === "gone");
    assert.equal(gone.length, 1);
    assert.deepEqual(bench.members.map(({ instance }) => instance), ["n3"]);
  });

  it("does not change when 10,000 packets are played again", () => {
    const bench = new Bench("daemon");
    bench.start();
    const recorded: Parameters<typeof packet>[0][] = [];
    for (let n = 0; n < 10_000; n += 1) {
      const kind = n % 3 === 0 ? "query" : "announce";
      recorded.push({ instance: `n${n % 200}`, sequence: n, kind });
    }
    for (const hint of recorded) bench.hear(hint);
    const before = JSON.stringify(bench.members);
    bench.nowMs += 5000;
    const effects = recorded.flatMap((hint) => bench.hear(hint, { address: "10.66.0.1" }));
    assert.deepEqual(effects.filter(({ type }) => type !== "broadcast"), []);
    assert.equal(JSON.stringify(bench.members), before);
  });

  it("stays within its bounds, whatever members say", () => {
    const bench = new Bench("daemon");
    bench.start();
    for (let n = 0; n < 40_000; n += 1) {
      bench.nowMs += 1;
      const address = `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
      const peers = [{ address: `11.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, port: 1 }];
      const changes = { kind: n % 2 === 0 ? "query" : "reply", addresses: [address] } as const;
      bench.hear({ instance: `i${n}`, ...changes, peers, answers: me.instance }, { address });
    }
    const { members, askable, dialable, sequences, toAsk, askedAtMs } = bench.state;
    assert.equal(members.size, limits.maxDiscoveredNodes);
    const maxPlaces = limits.maxDiscoveredNodes * limits.maxDiscoveryAddresses;
    assert.ok(askable.size <= maxPlaces && dialable.size <= maxPlaces);
    assert.equal(sequences.size, limits.maxDiscoveryInstances);
    assert.ok(toAsk.size <= limits.maxDiscoveryPlaces);
    assert.ok(askedAtMs.size <= limits.maxDiscoveryPlaces);
  });

  it("holds, whatever is heard in whatever order: replies at most as queries, known addresses sound", () => {
    const address = fc.constantFrom(
      "127.0.0.1",
      me.address,
      "10.0.0.2",
      "10.0.0.3",
      "::1",
      "fd00::2",
    );
    const hints = fc.record({
      kind: fc.constantFrom<Hint["kind"]>("announce", "query", "reply"),
      role: fc.constantFrom<Hint["role"]>("node", "client", "scheduler"),
      instance: fc.constantFrom("me", "n2", "n3", "n4"),
      hostKey: fc.constantFrom(me.hostKey, "key-2", "key-3"),
      sequence: fc.nat(20),
      port: fc.constantFrom(0, 7701),
      udpPort: fc.constantFrom(0, 40_000),
      addresses: fc.array(address, { maxLength: 3 }),
      peers: fc.array(fc.record({ address, port: fc.nat(3) }), { maxLength: 3 }),
      answers: fc.constantFrom(undefined, "me", "n2"),
    });
    const runs = fc.array(fc.record({ hint: hints, pauseMs: fc.nat(3000) }), { maxLength: 60 });
    const as = fc.constantFrom<"daemon" | "seeker">("daemon", "seeker");
    fc.assert(fc.property(as, runs, (role, heard) => {
      const bench = new Bench(role);
      bench.start();
      for (const { hint, pauseMs } of heard) {
        bench.pass(pauseMs);
        const effects = bench.hear(hint);
        const replies = effects.filter(({ type }) => type === "reply");
        assert.ok(replies.length <= Number(hint.kind === "query" && role === "daemon"));
        for (const member of bench.members) {
          assert.notEqual(member.instance, me.instance);
          assert.ok(member.addresses.length > 0 && member.port > 0);
          const unsound = [
            "127.0.0.1",
            "::1",
            ...(member.hostKey === me.hostKey ? [] : [me.address]),
          ];
          assert.ok(!member.addresses.some((each) => unsound.includes(each)));
        }
      }
    }));
  });
});
