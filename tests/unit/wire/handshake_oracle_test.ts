/**
 * A second handshake, written from docs/PROTOCOL.md in straight lines over the runtime's own X25519, SHA-512 and HMAC,
 * shares nothing with lib/wire but the secretbox. It must give the bytes of the fixed vectors.
 */
import { it } from "node:test";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
} from "node:crypto";
import nacl from "tweetnacl";
import allVectors from "../../vectors/handshake.json" with { type: "json" };

type Bytes = Uint8Array;

const hex = (text: string): Bytes => Uint8Array.fromHex(text);
const ascii = (text: string): Bytes => new TextEncoder().encode(text);
const join = (...parts: Bytes[]): Bytes => Uint8Array.from(parts.flatMap((part) => [...part]));
const hash = (data: Bytes): Bytes => new Uint8Array(createHash("sha512").update(data).digest());
const mac = (key: Bytes, data: Bytes): Bytes =>
  new Uint8Array(createHmac("sha512", key).update(data).digest());

const privateKey = (secret: Bytes) =>
  createPrivateKey({
    key: Buffer.from(join(hex("302e020100300506032b656e04220420"), secret)),
    format: "der",
    type: "pkcs8",
  });
const publicBytes = (secret: Bytes): Bytes =>
  new Uint8Array(
    createPublicKey(privateKey(secret)).export({ format: "der", type: "spki" }).subarray(12),
  );
const agree = (secret: Bytes, point: Bytes): Bytes => {
  const der = Buffer.from(join(hex("302a300506032b656e032100"), point));
  const publicKey = createPublicKey({ key: der, format: "der", type: "spki" });
  return new Uint8Array(diffieHellman({ privateKey: privateKey(secret), publicKey }));
};

for (const vectors of allVectors) {
  it(`an independent handshake gives the bytes of the fixed vectors (suite ${vectors.suite})`, () => {
    let h = hash(ascii("muster_XXpsk0_25519_secretbox_SHA512_1"));
    let ck = h;
    let k: Bytes = new Uint8Array(32);
    const mixHash = (data: Bytes) => void (h = hash(join(h, data)));
    const expand = (input: Bytes) => {
      const extracted = mac(ck, input);
      const first = mac(extracted, Uint8Array.of(1));
      const second = mac(extracted, join(first, Uint8Array.of(2)));
      return [first, second, mac(extracted, join(second, Uint8Array.of(3)))] as const;
    };
    const mixKey = (input: Bytes) => {
      const [first, second] = expand(input);
      [ck, k] = [first, second.slice(0, 32)];
    };
    const enc = (plaintext: Bytes): Bytes => {
      const key = mac(k, join(ascii("ad"), h)).slice(0, 32);
      const box = nacl.secretbox(plaintext, new Uint8Array(24), key);
      mixHash(box);
      return box;
    };
    const padded = (tuple: string, size: number): Bytes => {
      const body = hex(tuple);
      const bytes = new Uint8Array(size);
      bytes.set(Uint8Array.of(body.length >> 8, body.length & 0xff, ...body));
      return bytes;
    };

    const [sI, eI] = [
      hex(vectors.initiatorHostSecretKey),
      hex(vectors.initiatorEphemeralSecretKey),
    ];
    const [sR, eR] = [
      hex(vectors.responderHostSecretKey),
      hex(vectors.responderEphemeralSecretKey),
    ];
    const psk = mac(hex(vectors.rootSecret), ascii("psk/node")).slice(0, 32);

    mixHash(join(ascii("mstr"), Uint8Array.of(1, vectors.suite), ascii("tcp")));
    const [chained, hashed, key] = expand(psk);
    [ck, k] = [chained, key.slice(0, 32)];
    mixHash(hashed);

    const header = join(ascii("mstr"), Uint8Array.of(1, vectors.suite, 0, 0));
    mixHash(header);
    mixHash(publicBytes(eI));
    mixKey(publicBytes(eI));
    assert.equal(join(header, publicBytes(eI), enc(new Uint8Array(0))).toHex(), vectors.m1);

    mixHash(publicBytes(eR));
    mixKey(publicBytes(eR));
    mixKey(agree(eR, publicBytes(eI)));
    const sealedR = enc(publicBytes(sR));
    mixKey(agree(sR, publicBytes(eI)));
    const helloR = enc(padded("86010103182a1a000400001a04000000", 128));
    assert.equal(join(publicBytes(eR), sealedR, helloR).toHex(), vectors.m2);

    const sealedI = enc(publicBytes(sI));
    mixKey(agree(sI, publicBytes(eR)));
    const helloI = enc(padded("8401666e6f64652d6150808182838485868788898a8b8c8d8e8ff6", 256));
    assert.equal(join(sealedI, helloI).toHex(), vectors.m3);

    const [first, second] = expand(new Uint8Array(0));
    assert.equal(first.slice(0, 32).toHex(), vectors.initiatorToResponderKey);
    assert.equal(second.slice(0, 32).toHex(), vectors.responderToInitiatorKey);
    assert.equal(h.toHex(), vectors.binding);
  });
}
