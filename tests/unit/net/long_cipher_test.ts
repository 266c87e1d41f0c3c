import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LongCipher } from "../../../lib/net/long_cipher.ts";
import type { LongRecord } from "../../../lib/wire/record.ts";
import { openLong, rising, sealLong } from "../wire/fixtures.ts";

/** A record of its own each time: the cipher wipes the key it is given. */
function record(bytes: Uint8Array): LongRecord {
  return { bytes, nonce: rising(3, 12), key: rising(9) };
}

describe("LongCipher", () => {
  it("gives the bytes of the runtime's other implementation, and opens them", async () => {
    for (const length of [0, 1, 16_384, 262_128]) {
      const plaintext = rising(length & 0xff, length);
      const box = await new LongCipher("encrypt").seal(record(plaintext));
      assert.equal(box.toHex(), sealLong(record(plaintext)).toHex());
      assert.equal(openLong(record(box))?.toHex(), plaintext.toHex());
      const opened = await new LongCipher("decrypt").open(record(box));
      assert.equal(opened?.toHex(), plaintext.toHex());
    }
  });

  it("opens nothing that was changed, nothing under another key, and nothing in another place", async () => {
    const cipher = new LongCipher("decrypt");
    const genuine = record(sealLong(record(rising(1, 64))));
    let accepted = 0;
    for (let index = 0; index < genuine.bytes.length; index++) {
      const bytes = genuine.bytes.slice();
      bytes[index] = (bytes[index] ?? 0) ^ 1;
      if (await cipher.open({ ...genuine, bytes }) !== undefined) accepted++;
    }
    const changes = [{ key: rising(8) }, { nonce: rising(4, 12) }, { bytes: new Uint8Array(3) }];
    for (const change of changes) {
      if (await cipher.open({ ...genuine, ...change }) !== undefined) accepted++;
    }
    assert.equal(accepted, 0);
    assert.notEqual(await cipher.open(genuine), undefined);
  });

  it("takes a key over once and wipes what it was given", async () => {
    const cipher = new LongCipher("encrypt");
    const { nonce, key } = record(rising(0));
    const boxes = [rising(1, 20), rising(2, 20)].map((bytes) => cipher.seal({ bytes, nonce, key }));
    assert.deepEqual(key, new Uint8Array(32));
    const [, second] = await Promise.all(boxes);
    assert.equal(
      second?.toHex(),
      sealLong({ bytes: rising(2, 20), nonce, key: rising(9) }).toHex(),
    );
  });
});
