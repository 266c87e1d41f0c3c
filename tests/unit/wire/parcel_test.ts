import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { utf8 } from "../../../lib/wire/bytes.ts";
import { isParcel, openParcel, parcelOf } from "../../../lib/wire/parcel.ts";
import { MalformedValueError, packValue, unpackValue } from "../../../lib/wire/value.ts";

describe("parcels", () => {
  it("hold text or bytes, and are opened to what they were", () => {
    for (const value of ["grüße", [1, "\ud800"], new Uint8Array([1, 2, 3]), new Map([[1, 2]])]) {
      const packed = packValue(value);
      const parcel = parcelOf(packed);
      assert.equal(parcel.isText, typeof packed === "string");
      assert.deepEqual(openParcel(parcel), packed);
      assert.deepEqual(unpackValue(parcel), value);
    }
  });

  it("are recognised, and put into no second one", () => {
    const parcel = parcelOf("1");
    assert.equal(isParcel(parcel), true);
    assert.equal(parcelOf(parcel), parcel);
    for (const other of ["1", utf8("1"), null, { isText: true }, { bytes: utf8("1") }]) {
      assert.equal(isParcel(other), false);
    }
  });

  it("with a text that is none are malformed values", () => {
    const parcel = { isText: true, bytes: Uint8Array.of(0xff) };
    assert.throws(() => unpackValue(parcel), MalformedValueError);
  });
});
