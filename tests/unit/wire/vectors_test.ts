import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { LongCipher } from "../../../lib/net/long_cipher.ts";
import { concatBytes } from "../../../lib/wire/bytes.ts";
import type { Crypto } from "../../../lib/wire/crypto.ts";
import { openDiscovery, sealDiscovery } from "../../../lib/wire/discovery_packet.ts";
import {
  clusterKeysOf,
  fingerprintOf,
  formatKeyLine,
  parseKeyFile,
  roleLineOf,
} from "../../../lib/wire/keyfile.ts";
import { deriveKey, hkdf } from "../../../lib/wire/kdf.ts";
import type { KeyLabel } from "../../../lib/wire/kdf.ts";
import { suiteNames, suites } from "../../../lib/wire/handshake.ts";
import type { RecordEvent } from "../../../lib/wire/record.ts";
import { RecordReader } from "../../../lib/wire/record_reader.ts";
import { packValue, unpackValue } from "../../../lib/wire/value.ts";
import discovery from "../../vectors/discovery.json" with { type: "json" };
import handshakes from "../../vectors/handshake.json" with { type: "json" };
import kdf from "../../vectors/kdf.json" with { type: "json" };
import keyfile from "../../vectors/keyfile.json" with { type: "json" };
import longRecords from "../../vectors/long_records.json" with { type: "json" };
import records from "../../vectors/records.json" with { type: "json" };
import values from "../../vectors/values.json" with { type: "json" };
import { cryptos, rising, rootSecret, shakeHands } from "./fixtures.ts";
import {
  discoveryExample,
  longRecordFrames,
  longRecordRekey,
  valueExamples,
} from "./vector_examples.ts";

/** Reads a stream of suite 2 as a connection does. */
async function readWithCipher(crypto: Crypto, stream: Uint8Array): Promise<RecordEvent[]> {
  const reader = new RecordReader(crypto, rising(7), "aes", longRecordRekey);
  const cipher = new LongCipher("decrypt");
  const found: RecordEvent[] = [];
  const queue = reader.push(stream);
  for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
    if (event.kind !== "open") found.push(event);
    else queue.push(...reader.opened(event.record, await cipher.open(event.record)));
  }
  return found;
}

for (const [name, crypto] of cryptos) {
  describe(`fixed vectors (${name})`, () => {
    it("keys derived from the secret", () => {
      for (const [label, expected] of Object.entries(kdf.derived)) {
        assert.equal(deriveKey(crypto, rootSecret, label as KeyLabel).toHex(), expected);
      }
      const { chainingKey, input, outputs } = kdf.hkdf;
      const actual = hkdf(crypto, Uint8Array.fromHex(chainingKey), Uint8Array.fromHex(input), 3);
      assert.deepEqual(actual.map((output) => output.toHex()), outputs);
    });

    it("the three messages and what comes of them, in each suite", () => {
      assert.deepEqual(
        handshakes.map(({ suite }) => suite),
        suiteNames.map((name) => suites[name]),
      );
      for (const [index, handshake] of handshakes.entries()) {
        const suite = suiteNames[index] ?? "nacl";
        const { m1, m2, m3, initiator, responder } = shakeHands({ crypto, suite }, { crypto });
        assert.equal(m1.toHex(), handshake.m1);
        assert.equal(m2.toHex(), handshake.m2);
        assert.equal(m3.toHex(), handshake.m3);
        assert.equal(initiator.sendKey.toHex(), handshake.initiatorToResponderKey);
        assert.equal(responder.sendKey.toHex(), handshake.responderToInitiatorKey);
        assert.equal(initiator.binding.toHex(), handshake.binding);
        assert.deepEqual([initiator.suite, responder.suite], [suite, suite]);
      }
    });

    it("records, over a change of keys", () => {
      const rule = { records: records.rekeyAfterRecords, bytes: 1024 };
      const reader = new RecordReader(crypto, Uint8Array.fromHex(records.key), "nacl", rule);
      const events = reader.push(Uint8Array.fromHex(records.stream));
      const found = events.map((event) => "bytes" in event ? event.bytes.toHex() : event.kind);
      const [first, second, bulk] = [rising(1, 10), rising(2, 20), rising(3, 5)];
      assert.deepEqual(found, [first.toHex(), "ping", "", second.toHex(), bulk.toHex(), "bye"]);
    });

    it("long records, over a change of keys, by the cipher that connections use", async () => {
      assert.equal(deriveKey(crypto, rising(7), "long").toHex(), longRecords.longKey);
      const frames = longRecordFrames(crypto);
      assert.deepEqual(
        frames.map((frame) => ({
          bytes: frame.length,
          first: frame.subarray(0, 24).toHex(),
          last: frame.subarray(-16).toHex(),
        })),
        longRecords.frames,
      );
      const stream = concatBytes(...frames);
      assert.equal(crypto.sha512(stream).toHex(), longRecords.streamSha512);
      const events = await readWithCipher(crypto, stream);
      const lengths = events.map((event) => "bytes" in event ? event.bytes.length : event.kind);
      assert.deepEqual(lengths, [16_383, 16_382, 270_003, 20_000, "bye"]);
    });

    it("a discovery packet", () => {
      const [key, nonce] = [Uint8Array.fromHex(discovery.key), Uint8Array.fromHex(discovery.nonce)];
      const datagram = sealDiscovery(crypto, key, nonce, discoveryExample);
      assert.equal(datagram.toHex(), discovery.datagram);
      assert.deepEqual(openDiscovery(crypto, [rising(1), key], datagram), discoveryExample);
    });

    it("key files and the fingerprint of a host", () => {
      const cluster = { kind: "cluster", secret: rootSecret } as const;
      assert.equal(formatKeyLine(crypto, cluster), keyfile.cluster);
      assert.equal(formatKeyLine(crypto, roleLineOf(crypto, rootSecret, "node")), keyfile.node);
      assert.equal(formatKeyLine(crypto, roleLineOf(crypto, rootSecret, "client")), keyfile.client);
      assert.equal(clusterKeysOf(crypto, cluster).discoveryKey.toHex(), keyfile.discoveryKey);
      assert.deepEqual(parseKeyFile(crypto, keyfile.host), [
        { kind: "host", secretKey: rising(0x20) },
      ]);
      const publicKey = crypto.publicKeyOf(rising(0x20));
      assert.equal(publicKey.toHex(), keyfile.hostPublicKey);
      assert.equal(fingerprintOf(crypto, publicKey), keyfile.hostFingerprint);
    });
  });
}

describe("fixed vectors of values", () => {
  it("every form packs to its bytes", () => {
    const actual = valueExamples().map(({ what, value }) => {
      const packed = packValue(value);
      return typeof packed === "string" ? { what, json: packed } : { what, cbor: packed.toHex() };
    });
    assert.deepEqual(actual, values);
  });

  it("every form unpacks to what packs to the same bytes", () => {
    for (const { what, ...forms } of values) {
      const packed = "json" in forms ? forms.json ?? "" : Uint8Array.fromHex(forms.cbor ?? "");
      assert.deepEqual(packValue(unpackValue(packed)), packed, what);
    }
  });
});
