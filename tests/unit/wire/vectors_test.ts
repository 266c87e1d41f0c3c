import { describe, it } from "node:test";
import assert from "node:assert/strict";
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
import { RecordReader } from "../../../lib/wire/record.ts";
import { packValue, unpackValue } from "../../../lib/wire/value.ts";
import discovery from "../../vectors/discovery.json" with { type: "json" };
import handshake from "../../vectors/handshake.json" with { type: "json" };
import kdf from "../../vectors/kdf.json" with { type: "json" };
import keyfile from "../../vectors/keyfile.json" with { type: "json" };
import records from "../../vectors/records.json" with { type: "json" };
import values from "../../vectors/values.json" with { type: "json" };
import { cryptos, rising, rootSecret, shakeHands } from "./fixtures.ts";
import { discoveryExample, valueExamples } from "./vector_examples.ts";

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

    it("the three messages and what comes of them", () => {
      const { m1, m2, m3, initiator, responder } = shakeHands({ crypto }, { crypto });
      assert.equal(m1.toHex(), handshake.m1);
      assert.equal(m2.toHex(), handshake.m2);
      assert.equal(m3.toHex(), handshake.m3);
      assert.equal(initiator.sendKey.toHex(), handshake.initiatorToResponderKey);
      assert.equal(responder.sendKey.toHex(), handshake.responderToInitiatorKey);
      assert.equal(initiator.binding.toHex(), handshake.binding);
    });

    it("records, over a change of keys", () => {
      const rule = { records: records.rekeyAfterRecords, bytes: 1024 };
      const reader = new RecordReader(crypto, Uint8Array.fromHex(records.key), rule);
      const events = reader.push(Uint8Array.fromHex(records.stream));
      const found = events.map((event) =>
        event.kind === "message" ? event.bytes.toHex() : event.kind
      );
      assert.deepEqual(found, [rising(1, 10).toHex(), "ping", "", rising(2, 20).toHex(), "bye"]);
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
