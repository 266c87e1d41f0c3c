import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { limits } from "../../../lib/proto/limits.ts";
import { handshakeBytes, suiteNames, suites } from "../../../lib/wire/handshake.ts";
import { Initiator } from "../../../lib/wire/handshake_initiator.ts";
import type { InitiatorConfig } from "../../../lib/wire/handshake_initiator.ts";
import { prepareSecrets, Responder } from "../../../lib/wire/handshake_responder.ts";
import type { ResponderConfig } from "../../../lib/wire/handshake_responder.ts";
import type { Crypto } from "../../../lib/wire/crypto.ts";
import { deriveKey } from "../../../lib/wire/kdf.ts";
import { ReplayCache } from "../../../lib/wire/replay_cache.ts";
import {
  acceptedSecrets,
  closedFor,
  cryptos,
  initiatorConfig,
  opened,
  peerHello,
  quickCrypto as crypto,
  responderConfig,
  responderHello,
  rising,
  rootSecret,
  sentBytes,
  shakeHands,
} from "./fixtures.ts";

/** Runs a handshake to its end and says how each side ended. */
function outcome(
  initiatorChanges: Partial<InitiatorConfig>,
  responderChanges: Partial<ResponderConfig> = {},
): { initiator: string; responder: string; m3Bytes: number } {
  const initiator = new Initiator(initiatorConfig(initiatorChanges));
  const responder = new Responder(responderConfig(responderChanges));
  const first = responder.push(sentBytes(initiator.start()));
  const second = initiator.push(sentBytes(first));
  const m3 = sentBytes(second);
  const third = responder.push(m3);
  return {
    initiator: closedFor(second) ?? initiator.phase,
    responder: closedFor([...first, ...third]) ?? responder.phase,
    m3Bytes: m3.length,
  };
}

/** A crypto that counts its curve operations. */
function counting(): { counted: Crypto; curveWork: () => number } {
  let count = 0;
  const counted: Crypto = {
    ...crypto,
    scalarMult: (secretKey, publicKey) => {
      count++;
      return crypto.scalarMult(secretKey, publicKey);
    },
    publicKeyOf: (secretKey) => {
      count++;
      return crypto.publicKeyOf(secretKey);
    },
  };
  return { counted, curveWork: () => count };
}

describe("a handshake between members", () => {
  for (const [initiatorName, left] of cryptos) {
    for (const [responderName, right] of cryptos) {
      it(`opens on both sides with the same keys (${initiatorName}, ${responderName})`, () => {
        const { m1, m2, m3, initiator, responder } = shakeHands({ crypto: left }, {
          crypto: right,
        });
        assert.deepEqual(
          [m1.length, m2.length, m3.length],
          [handshakeBytes.m1, handshakeBytes.m2, handshakeBytes.m3],
        );
        assert.deepEqual(initiator.sendKey, responder.receiveKey);
        assert.deepEqual(initiator.receiveKey, responder.sendKey);
        assert.notDeepEqual(initiator.sendKey, initiator.receiveKey);
        assert.deepEqual(initiator.binding, responder.binding);
        assert.deepEqual(initiator.peer, responderHello);
        assert.deepEqual(responder.peer, peerHello);
        assert.equal(initiator.peerKey.toHex(), crypto.publicKeyOf(rising(0x60)).toHex());
        assert.equal(responder.peerKey.toHex(), crypto.publicKeyOf(rising(0x20)).toHex());
      });
    }
  }

  it("gives other keys and another binding with other ephemeral keys", () => {
    const [one, two] = [shakeHands(), shakeHands({ ephemeralSecretKey: rising(0x41) })];
    assert.notDeepEqual(one.initiator.sendKey, two.initiator.sendKey);
    assert.notDeepEqual(one.initiator.binding, two.initiator.binding);
  });

  it("carries a resume token", () => {
    const resumeToken = rising(1, 64);
    assert.deepEqual(shakeHands({ hello: { ...peerHello, resumeToken } }).responder.peer, {
      ...peerHello,
      resumeToken,
    });
  });

  it("wipes the ephemeral keys", () => {
    const [left, right] = [rising(0x40), rising(0xa0)];
    shakeHands({ ephemeralSecretKey: left }, { ephemeralSecretKey: right });
    assert.deepEqual([left, right], [new Uint8Array(32), new Uint8Array(32)]);
  });

  it("shows no identity in clear", () => {
    const { m1, m2, m3 } = shakeHands();
    const seen = m1.toHex() + m2.toHex() + m3.toHex();
    const secrets = [rising(0x20), rising(0x60)].map((key) => crypto.publicKeyOf(key).toHex());
    for (const text of [...secrets, new TextEncoder().encode("node-a").toHex()]) {
      assert.equal(seen.includes(text), false);
    }
  });
});

describe("who does not belong is refused by the side that knows", () => {
  const clientPsk = deriveKey(crypto, rootSecret, "psk/client");
  const client = { psk: clientPsk, hello: { ...peerHello, role: "client" as const } };

  it("another secret: the responder says nothing and does no curve work", () => {
    const { counted, curveWork } = counting();
    const responder = new Responder(responderConfig({ crypto: counted }));
    const m1 = sentBytes(new Initiator(initiatorConfig({ psk: rising(0xee) })).start());
    assert.deepEqual(responder.push(m1), [{ kind: "closed", reason: "badTag" }]);
    assert.equal(curveWork(), 0);
  });

  it("every role with every secret", () => {
    const secrets = { node: deriveKey(crypto, rootSecret, "psk/node"), client: clientPsk };
    const expected = { "node/node": "open", "node/scheduler": "open", "client/client": "open" };
    let checked = 0;
    for (const [secret, psk] of Object.entries(secrets)) {
      for (const role of ["node", "client", "scheduler"] as const) {
        const { responder } = outcome({ psk, hello: { ...peerHello, role } });
        const due = (expected as Record<string, string>)[`${secret}/${role}`] ?? "badRole";
        assert.equal(responder, due, `${secret} as ${role}`);
        checked++;
      }
    }
    assert.equal(checked, 6);
  });

  it("any of three secrets opens, a fourth does not", () => {
    const roots = [rising(1), rising(2), rising(3)];
    const accepted = roots.flatMap((root) => acceptedSecrets(crypto, root));
    const secrets = prepareSecrets(crypto, accepted, { min: 1, max: 1 });
    for (const root of roots) {
      const psk = deriveKey(crypto, root, "psk/node");
      assert.equal(outcome({ psk }, { secrets }).responder, "open");
    }
    assert.equal(outcome({}, { secrets }).responder, "badTag");
  });

  it("an unknown host: the initiator stops before it shows itself", () => {
    const keys: string[] = [];
    const acceptHost = (hostKey: Uint8Array) => {
      keys.push(hostKey.toHex());
      return false;
    };
    const { initiator, m3Bytes } = outcome({ acceptHost });
    assert.equal(initiator, "unknownHost");
    assert.equal(m3Bytes, 0);
    assert.deepEqual(keys, [crypto.publicKeyOf(rising(0x60)).toHex()]);
  });

  it("a host that is not authorised", () => {
    const authorize: ResponderConfig["authorize"] = (hostKey, hello) =>
      hello.name === "node-a" && hostKey[0] === 0;
    assert.equal(outcome({}, { authorize }).responder, "unauthorized");
    assert.equal(outcome(client, { authorize: () => true }).responder, "open");
  });

  it("a replayed first message, until the window has passed", () => {
    const m1 = sentBytes(new Initiator(initiatorConfig()).start());
    const cache = new ReplayCache();
    const answer = (nowMs: number) =>
      new Responder(responderConfig({ isReplay: (key) => cache.isReplay(key, nowMs) })).push(m1);
    assert.equal(answer(0)[0]?.kind, "send");
    assert.deepEqual(answer(59_999), [{ kind: "closed", reason: "replay" }]);
    assert.equal(answer(60_000)[0]?.kind, "send");
  });

  it("a replayed third message", () => {
    const { m1, m3 } = shakeHands();
    const responder = new Responder(responderConfig({ ephemeralSecretKey: rising(0xb0) }));
    responder.push(m1);
    assert.deepEqual(responder.push(m3), [{ kind: "closed", reason: "badTag" }]);
  });

  it("a side that talks to itself", () => {
    const initiator = new Initiator(initiatorConfig());
    const m1 = sentBytes(initiator.start());
    assert.deepEqual(initiator.push(m1), []);
    assert.deepEqual(initiator.push(new Uint8Array(168)), [{ kind: "closed", reason: "badTag" }]);
  });

  it("public keys of small order, from a member even", () => {
    const zeroKey: Crypto = { ...crypto, publicKeyOf: () => new Uint8Array(32) };
    assert.equal(outcome({ crypto: zeroKey }).responder, "badKey");
    assert.equal(outcome({}, { crypto: zeroKey }).initiator, "badKey");
  });
});

describe("versions", () => {
  const both = prepareSecrets(crypto, acceptedSecrets(crypto), { min: 1, max: 2 });

  it("the best common one is taken", () => {
    const hello = { ...responderHello, maxVersion: 2 };
    assert.equal(
      outcome({ version: 2, maxVersion: 2 }, { secrets: both, hello }).responder,
      "open",
    );
    assert.equal(outcome({ version: 1, maxVersion: 2 }).responder, "open");
  });

  it("a worse one than both speak is refused by the initiator", () => {
    const hello = { ...responderHello, maxVersion: 2 };
    const { initiator } = outcome({ version: 1, maxVersion: 2 }, { secrets: both, hello });
    assert.equal(initiator, "downgrade");
  });

  it("one that the responder does not speak is named", () => {
    assert.equal(outcome({ version: 2, maxVersion: 2 }).responder, "badVersion");
  });

  it("a rewritten version breaks the tag", () => {
    const m1 = sentBytes(new Initiator(initiatorConfig({ version: 2, maxVersion: 2 })).start());
    m1[4] = 1;
    const responder = new Responder(responderConfig({ secrets: both }));
    assert.deepEqual(responder.push(m1), [{ kind: "closed", reason: "badTag" }]);
  });
});

describe("time and size", () => {
  it("the responder waits 3 s for the first message and 10 s for the whole", () => {
    const idle = new Responder(responderConfig({ startedAtMs: 1000 }));
    assert.deepEqual(idle.tick(3999), []);
    assert.deepEqual(idle.tick(4000), [{ kind: "closed", reason: "timeout" }]);
    assert.deepEqual(idle.tick(9999), []);
    const slow = new Responder(responderConfig({ startedAtMs: 1000 }));
    slow.push(sentBytes(new Initiator(initiatorConfig()).start()));
    assert.deepEqual(slow.tick(10_999), []);
    assert.deepEqual(slow.tick(11_000), [{ kind: "closed", reason: "timeout" }]);
  });

  it("the initiator waits 10 s", () => {
    const initiator = new Initiator(initiatorConfig());
    initiator.start();
    assert.deepEqual(initiator.tick(limits.handshakeTotalMs - 1), []);
    assert.equal(closedFor(initiator.tick(limits.handshakeTotalMs)), "timeout");
  });

  it("bytes beyond the message that is due close at once", () => {
    const { m1, m2, m3 } = shakeHands();
    const extra = (message: Uint8Array) => Uint8Array.of(...message, 0);
    const responder = new Responder(responderConfig());
    assert.equal(closedFor(responder.push(extra(m1))), "unexpectedBytes");
    const initiator = new Initiator(initiatorConfig());
    initiator.start();
    assert.equal(closedFor(initiator.push(extra(m2))), "unexpectedBytes");
    const later = new Responder(responderConfig());
    later.push(m1);
    assert.equal(closedFor(later.push(extra(m3))), "unexpectedBytes");
  });

  it("an early end is noted once", () => {
    const responder = new Responder(responderConfig());
    assert.equal(closedFor(responder.end()), "ended");
    assert.deepEqual(responder.end(), []);
    const initiator = new Initiator(initiatorConfig());
    assert.equal(closedFor(initiator.end()), "ended");
    assert.deepEqual(initiator.push(new Uint8Array(300)), []);
  });

  it("a name that does not fit is refused before anything is sent", () => {
    const hello = { ...peerHello, name: "x".repeat(300) };
    assert.throws(() => new Initiator(initiatorConfig({ hello })), RangeError);
  });
});

describe("suites", () => {
  it("are the initiator's to choose, and part of what both sides prove to each other", () => {
    const transcripts = suiteNames.map((suite) => shakeHands({ suite }));
    for (const [index, { initiator, responder }] of transcripts.entries()) {
      assert.deepEqual([initiator.suite, responder.suite], [suiteNames[index], suiteNames[index]]);
    }
    const [first, second] = transcripts.map(({ initiator }) => initiator.binding.toHex());
    assert.notEqual(first, second);
  });

  it("cannot be changed on the way: the tag of the first message does not open", () => {
    for (const suite of suiteNames) {
      const { m1 } = shakeHands({ suite });
      for (const number of [0, 1, 2, 3, 255]) {
        const changed = m1.slice();
        changed[5] = number;
        const reason = closedFor(new Responder(responderConfig()).push(changed));
        const isKnown = suiteNames.some((name) => suites[name] === number);
        const expected = isKnown ? "badTag" : "badSuite";
        assert.equal(reason, number === suites[suite] ? undefined : expected);
      }
    }
  });
});

describe("no flipped byte is accepted", () => {
  const { m1, m2, m3 } = shakeHands();

  /** How many of all one-byte changes `isAccepted` lets through. */
  const accepted = (message: Uint8Array, isAccepted: (changed: Uint8Array) => boolean) => {
    let count = 0;
    for (let index = 0; index < message.length; index++) {
      for (const bits of [0x01, 0x80, 0xff]) {
        const changed = message.slice();
        changed[index] = (changed[index] ?? 0) ^ bits;
        if (isAccepted(changed)) count++;
      }
    }
    return count;
  };

  it("of the first message", () => {
    const isAccepted = (changed: Uint8Array) =>
      closedFor(new Responder(responderConfig()).push(changed)) === undefined;
    assert.equal(accepted(m1, isAccepted), 0);
  });

  it("of the second message", () => {
    const isAccepted = (changed: Uint8Array) => {
      const initiator = new Initiator(initiatorConfig());
      initiator.start();
      const events = initiator.push(changed);
      return closedFor(events) === undefined || opened(events) !== undefined;
    };
    assert.equal(accepted(m2, isAccepted), 0);
  });

  it("of the third message", () => {
    const isAccepted = (changed: Uint8Array) => {
      const responder = new Responder(responderConfig());
      responder.push(m1);
      const events = responder.push(changed);
      return closedFor(events) === undefined || opened(events) !== undefined;
    };
    assert.equal(accepted(m3, isAccepted), 0);
  });
});
