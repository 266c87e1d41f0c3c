import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadCrypto, nativeCurve } from "../../../lib/net/crypto.ts";
import { tweetnaclCrypto } from "../../../lib/wire/crypto_tweetnacl.ts";

/** Bytes that look random and are the same in every run. */
function bytes(seed: number): Uint8Array {
  return tweetnaclCrypto.sha512(Uint8Array.of(seed)).slice(0, 32);
}

describe("the runtime's own X25519", () => {
  it("gives the bytes of the reference", () => {
    for (let seed = 0; seed < 50; seed++) {
      const [secretKey, point] = [bytes(seed), bytes(seed + 100)];
      assert.equal(
        nativeCurve.scalarMult(secretKey, point).toHex(),
        tweetnaclCrypto.scalarMult(secretKey, point).toHex(),
      );
      assert.equal(
        nativeCurve.publicKeyOf(secretKey).toHex(),
        tweetnaclCrypto.publicKeyOf(secretKey).toHex(),
      );
    }
  });

  it("gives zeros for points of small order, as the reference does", () => {
    const one = Uint8Array.of(1, ...new Uint8Array(31));
    for (const point of [new Uint8Array(32), one]) {
      assert.equal(nativeCurve.scalarMult(bytes(1), point).toHex(), "00".repeat(32));
      assert.equal(tweetnaclCrypto.scalarMult(bytes(1), point).toHex(), "00".repeat(32));
    }
  });

  it("ignores the highest bit of a point, as the reference does", () => {
    const point = bytes(7);
    const other = point.slice();
    other[31] = (other[31] ?? 0) ^ 0x80;
    const expected = nativeCurve.scalarMult(bytes(1), point).toHex();
    assert.equal(nativeCurve.scalarMult(bytes(1), other).toHex(), expected);
  });
});

describe("loadCrypto", () => {
  it("gives the same object to all", async () => {
    assert.equal(await loadCrypto(), await loadCrypto());
  });

  it("seals what the reference opens", async () => {
    const crypto = await loadCrypto();
    const [key, nonce, plaintext] = [bytes(1), bytes(2).slice(0, 24), bytes(3)];
    assert.deepEqual(
      tweetnaclCrypto.open(crypto.seal(plaintext, nonce, key), nonce, key),
      plaintext,
    );
  });
});
