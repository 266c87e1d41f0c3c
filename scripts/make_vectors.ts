/**
 * Writes tests/vectors/*.json: what every implementation of docs/PROTOCOL.md must give for fixed keys.
 * Run `bun scripts/make_vectors.ts` after a deliberate change of the protocol, and say so in the change log.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { concatBytes } from "../lib/wire/bytes.ts";
import { tweetnaclCrypto as crypto } from "../lib/wire/crypto_tweetnacl.ts";
import { sealDiscovery } from "../lib/wire/discovery_packet.ts";
import { clusterKeysOf, fingerprintOf, formatKeyLine, roleLineOf } from "../lib/wire/keyfile.ts";
import { deriveKey, hkdf } from "../lib/wire/kdf.ts";
import { RecordWriter } from "../lib/wire/record.ts";
import { packValue } from "../lib/wire/value.ts";
import { peerHello, rising, rootSecret, shakeHands } from "../tests/unit/wire/fixtures.ts";
import { discoveryExample, valueExamples } from "../tests/unit/wire/vector_examples.ts";

const folder = new URL("../tests/vectors/", import.meta.url);

function write(name: string, content: unknown): void {
  writeFileSync(new URL(name, folder), JSON.stringify(content, undefined, 2) + "\n");
}

function kdfVectors(): unknown {
  const [first, second, third] = hkdf(crypto, rising(0, 64), rising(64), 3);
  const labels = ["psk/node", "psk/client", "disc", "monitor", "rekey"] as const;
  return {
    rootSecret: rootSecret.toHex(),
    derived: Object.fromEntries(
      labels.map((label) => [label, deriveKey(crypto, rootSecret, label).toHex()]),
    ),
    hkdf: {
      chainingKey: rising(0, 64).toHex(),
      input: rising(64).toHex(),
      outputs: [first.toHex(), second.toHex(), third.toHex()],
    },
  };
}

function handshakeVectors(): unknown {
  const { m1, m2, m3, initiator, responder } = shakeHands({ crypto }, { crypto });
  return {
    rootSecret: rootSecret.toHex(),
    secretRole: "node",
    initiatorHostSecretKey: rising(0x20).toHex(),
    initiatorEphemeralSecretKey: rising(0x40).toHex(),
    responderHostSecretKey: rising(0x60).toHex(),
    responderEphemeralSecretKey: rising(0xa0).toHex(),
    responderHello: initiator.peer,
    initiatorHello: { ...peerHello, instanceId: peerHello.instanceId.toHex(), resumeToken: null },
    m1: m1.toHex(),
    m2: m2.toHex(),
    m3: m3.toHex(),
    initiatorToResponderKey: initiator.sendKey.toHex(),
    responderToInitiatorKey: initiator.receiveKey.toHex(),
    binding: responder.binding.toHex(),
  };
}

function recordVectors(): unknown {
  const writer = new RecordWriter(crypto, rising(7), { records: 3, bytes: 1024 });
  const frames = [
    ...writer.message(rising(1, 10)),
    writer.ping(),
    ...writer.message(rising(0, 0)),
    ...writer.message(rising(2, 20)),
    writer.bye(),
  ];
  return {
    key: rising(7).toHex(),
    rekeyAfterRecords: 3,
    content: [
      "data 0102..0a",
      "ping",
      "data empty",
      "data 0203..15 (first under the next key)",
      "bye",
    ],
    stream: concatBytes(...frames).toHex(),
  };
}

function discoveryVectors(): unknown {
  const key = deriveKey(crypto, rootSecret, "disc");
  const nonce = rising(0xc0, 24);
  return {
    key: key.toHex(),
    nonce: nonce.toHex(),
    packet: {
      ...discoveryExample,
      hostKey: discoveryExample.hostKey.toHex(),
      instanceId: discoveryExample.instanceId.toHex(),
      answers: discoveryExample.answers?.toHex(),
    },
    datagram: sealDiscovery(crypto, key, nonce, discoveryExample).toHex(),
  };
}

function keyFileVectors(): unknown {
  const publicKey = crypto.publicKeyOf(rising(0x20));
  const keys = clusterKeysOf(crypto, { kind: "cluster", secret: rootSecret });
  return {
    cluster: formatKeyLine(crypto, { kind: "cluster", secret: rootSecret }),
    node: formatKeyLine(crypto, roleLineOf(crypto, rootSecret, "node")),
    client: formatKeyLine(crypto, roleLineOf(crypto, rootSecret, "client")),
    host: formatKeyLine(crypto, { kind: "host", secretKey: rising(0x20) }),
    hostPublicKey: publicKey.toHex(),
    hostFingerprint: fingerprintOf(crypto, publicKey),
    discoveryKey: keys.discoveryKey.toHex(),
  };
}

function valueVectors(): unknown {
  return valueExamples().map(({ what, value }) => {
    const packed = packValue(value);
    return typeof packed === "string" ? { what, json: packed } : { what, cbor: packed.toHex() };
  });
}

mkdirSync(folder, { recursive: true });
write("kdf.json", kdfVectors());
write("handshake.json", handshakeVectors());
write("records.json", recordVectors());
write("discovery.json", discoveryVectors());
write("keyfile.json", keyFileVectors());
write("values.json", valueVectors());
