import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { tweetnaclCrypto } from "../../../lib/wire/crypto_tweetnacl.ts";
import { cryptos, rising } from "./fixtures.ts";

const numRuns = 100;
/** The reference takes milliseconds for one point. */
const numCurveRuns = 20;
const seed = 20_260_802;

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const nonce = fc.uint8Array({ minLength: 24, maxLength: 24 });
const data = fc.uint8Array({ maxLength: 400 });

for (const [name, crypto] of cryptos) {
  describe(`primitives of ${name}`, () => {
    it("agree on X25519 with RFC 7748", () => {
      const secret = Uint8Array.fromHex(
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
      );
      const point = Uint8Array.fromHex(
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
      );
      assert.equal(
        crypto.scalarMult(secret, point).toHex(),
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
      );
    });

    it("give zeros for a public key of small order", () => {
      for (const point of ["00".repeat(32), "01" + "00".repeat(31)]) {
        assert.equal(
          crypto.scalarMult(rising(1), Uint8Array.fromHex(point)).toHex(),
          "00".repeat(32),
        );
      }
    });

    it(`agree with the runtime's HMAC-SHA512 (${numRuns} runs)`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1, maxLength: 128 }), data, (secret, text) => {
          const expected = createHmac("sha512", secret).update(text).digest("hex");
          const actual = crypto.hmacSha512(new Uint8Array(secret), new Uint8Array(text));
          assert.equal(actual.toHex(), expected);
        }),
        { numRuns, seed },
      );
    });

    it(`give the bytes of the reference (${numCurveRuns} runs)`, () => {
      fc.assert(
        fc.property(key, nonce, data, (secret, number, text) => {
          const [k, n, m] = [new Uint8Array(secret), new Uint8Array(number), new Uint8Array(text)];
          const box = crypto.seal(m, n, k);
          assert.deepEqual(new Uint8Array(box), new Uint8Array(tweetnaclCrypto.seal(m, n, k)));
          assert.deepEqual(new Uint8Array(crypto.open(box, n, k) ?? []), m);
          assert.equal(crypto.sha512(m).toHex(), tweetnaclCrypto.sha512(m).toHex());
          assert.equal(crypto.publicKeyOf(k).toHex(), tweetnaclCrypto.publicKeyOf(k).toHex());
        }),
        { numRuns: numCurveRuns, seed },
      );
    });

    it("open nothing that differs in one bit, or is shorter than a tag", () => {
      const box = crypto.seal(rising(1, 40), rising(2, 24), rising(3));
      for (let index = 0; index < box.length; index++) {
        const changed = box.slice();
        changed[index] = (changed[index] ?? 0) ^ 1;
        assert.equal(crypto.open(changed, rising(2, 24), rising(3)), undefined);
      }
      assert.equal(crypto.open(box.slice(0, 15), rising(2, 24), rising(3)), undefined);
    });
  });
}
