/**
 * Writes tests/vectors/*.json: what every implementation of docs/PROTOCOL.md must give for fixed keys.
 * Run `bun scripts/make_vectors.ts` after a deliberate change of the protocol, and say so in the change log.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { concatBytes } from "../lib/wire/bytes.ts";
import { tweetnaclCrypto as crypto } from "../lib/wire/crypto_tweetnacl.ts";
import { sealDiscovery } from "../lib/wire/discovery_packet.ts";
import { type Suite, suiteNames, suites } from "../lib/wire/handshake.ts";
import { clusterKeysOf, fingerprintOf, formatKeyLine, roleLineOf } from "../lib/wire/keyfile.ts";
import { deriveKey, hkdf } from "../lib/wire/kdf.ts";
import { RecordWriter } from "../lib/wire/record_writer.ts";
import { packValue } from "../lib/wire/value.ts";
import {
  framesOf,
  peerHello,
  rising,
  rootSecret,
  shakeHands,
} from "../tests/unit/wire/fixtures.ts";
import {
  discoveryExample,
  longRecordContent,
  longRecordFrames,
  longRecordRekey,
  valueExamples,
} from "../tests/unit/wire/vector_examples.ts";

const folder = new URL("../tests/vectors/", import.meta.url);

function write(name: string, content: unknown): void {
  writeFileSync(new URL(name, folder), JSON.stringify(content, undefined, 2) + "\n");
}

function kdfVectors(): unknown {
  const [first, second, third] = hkdf(crypto, rising(0, 64), rising(64), 3);
  const labels = ["psk/node", "psk/client", "disc", "monitor", "rekey", "long"] as const;
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

function handshakeVectors(suite: Suite): unknown {
  const { m1, m2, m3, initiator, responder } = shakeHands({ crypto, suite }, { crypto });
  return {
    suite: suites[suite],
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
  const writer = new RecordWriter(crypto, rising(7), "nacl", { records: 3, bytes: 1024 });
  const frames = [
    ...framesOf(writer.message(rising(1, 10))),
    writer.ping(),
    ...framesOf(writer.message(rising(0, 0))),
    ...framesOf(writer.message(rising(2, 20))),
    ...framesOf(writer.message(rising(3, 5), "bulk")),
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
      "bulk 0304..07",
      "bye",
    ],
    stream: concatBytes(...frames).toHex(),
  };
}

/** Long records are shown by their first and last bytes; a hash stands for the whole. */
function longRecordVectors(): unknown {
  const frames = longRecordFrames(crypto);
  return {
    key: rising(7).toHex(),
    rekeyAfterRecords: longRecordRekey.records,
    longKey: deriveKey(crypto, rising(7), "long").toHex(),
    content: longRecordContent,
    frames: frames.map((frame) => ({
      bytes: frame.length,
      first: frame.subarray(0, 24).toHex(),
      last: frame.subarray(-16).toHex(),
    })),
    streamSha512: crypto.sha512(concatBytes(...frames)).toHex(),
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
write("handshake.json", suiteNames.map(handshakeVectors));
write("records.json", recordVectors());
write("long_records.json", longRecordVectors());
write("discovery.json", discoveryVectors());
write("keyfile.json", keyFileVectors());
write("values.json", valueVectors());
