import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { deriveKey } from "../../../lib/wire/kdf.ts";
import { minLongRecordBytes } from "../../../lib/wire/record.ts";
import { RecordKeys } from "../../../lib/wire/record_keys.ts";
import { quickCrypto as crypto, rising } from "./fixtures.ts";

const key = rising(7);
const never = { records: Infinity, bytes: Infinity };

describe("RecordKeys", () => {
  it("count records in every nonce, whichever cipher they are for", () => {
    const keys = new RecordKeys(crypto, key, "aes", never);
    const nonces = [1, minLongRecordBytes, 1, minLongRecordBytes].map((bytes) =>
      keys.next(bytes).nonce.toHex()
    );
    assert.deepEqual(nonces, [
      "00".repeat(24),
      "00".repeat(11) + "01",
      "00".repeat(23) + "02",
      "00".repeat(11) + "03",
    ]);
  });

  it("are of their own for long records of suite 2, and of no others", () => {
    const keys = new RecordKeys(crypto, key, "aes", never);
    const long = deriveKey(crypto, key, "long").toHex();
    const seals = [minLongRecordBytes - 1, minLongRecordBytes].map((bytes) => {
      const { isLong, key } = keys.next(bytes);
      return [isLong, key.toHex()];
    });
    assert.deepEqual(seals, [[false, key.toHex()], [true, long]]);
    const { isLong } = new RecordKeys(crypto, key, "nacl", never).next(minLongRecordBytes);
    assert.equal(isLong, false);
  });

  it("change together, and leave the counter as it is", () => {
    const keys = new RecordKeys(crypto, key, "aes", { records: 2, bytes: Infinity });
    const next = deriveKey(crypto, key, "rekey");
    const used = [1, minLongRecordBytes, 1, minLongRecordBytes].map((bytes) =>
      keys.next(bytes).key.toHex()
    );
    assert.deepEqual(used, [
      key.toHex(),
      deriveKey(crypto, key, "long").toHex(),
      next.toHex(),
      deriveKey(crypto, next, "long").toHex(),
    ]);
    assert.equal(keys.next(minLongRecordBytes).nonce.at(-1), 4);
  });

  it("never give one nonce twice under one key", () => {
    const keys = new RecordKeys(crypto, key, "aes", { records: 7, bytes: 3 * minLongRecordBytes });
    const seen = new Set<string>();
    for (let record = 0; record < 1000; record++) {
      const { isLong, nonce, key } = keys.next(record % 3 === 0 ? minLongRecordBytes : record % 50);
      seen.add(`${isLong} ${key.toHex()} ${nonce.toHex()}`);
    }
    assert.equal(seen.size, 1000);
  });

  it("are wiped", () => {
    const keys = new RecordKeys(crypto, key, "nacl", never);
    const { key: used } = keys.next(1);
    keys.wipe();
    assert.deepEqual(used, new Uint8Array(32));
  });
});
