import { it } from "node:test";
import assert from "node:assert/strict";
import { hkdfSync } from "node:crypto";
import { deriveKey, hkdf } from "../../../lib/wire/kdf.ts";
import { cryptos, rising, rootSecret } from "./fixtures.ts";

for (const [name, crypto] of cryptos) {
  it(`HKDF is that of RFC 5869 with the chaining key as salt and no info (${name})`, () => {
    for (const input of [rising(1), new Uint8Array(0)]) {
      const expected = new Uint8Array(
        hkdfSync("sha512", input, rising(9, 64), new Uint8Array(0), 192),
      );
      const outputs = hkdf(crypto, rising(9, 64), input, 3);
      assert.equal(outputs.map((output) => output.toHex()).join(""), expected.toHex());
      const [first, second, third] = hkdf(crypto, rising(9, 64), input, 2);
      assert.deepEqual([first, second], outputs.slice(0, 2));
      assert.equal(third.length, 0);
    }
  });
}

it("every label gives a key of its own", () => {
  for (const crypto of cryptos.values()) {
    const labels = ["psk/node", "psk/client", "disc", "monitor", "rekey"] as const;
    const keys = labels.map((label) => deriveKey(crypto, rootSecret, label));
    assert.equal(new Set(keys.map((key) => key.toHex())).size, labels.length);
    for (const key of keys) assert.equal(key.length, 32);
  }
});
