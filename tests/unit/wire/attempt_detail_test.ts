import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AttemptDetail, packDetail, unpackDetail } from "../../../lib/wire/attempt_detail.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";

const plain: AttemptDetail = { value: "42", how: undefined, stdout: "", stderr: "" };
const details: readonly AttemptDetail[] = [
  plain,
  { ...plain, value: undefined },
  { ...plain, value: new Uint8Array([1, 2]) },
  { ...plain, stdout: "\ufeffone\n", stderr: "\u001b[1mtwo" },
  { ...plain, value: undefined, how: "with exit code 1" },
  { ...plain, value: new Uint8Array(0), how: "", stderr: "late" },
];

describe("details of attempts", () => {
  for (const detail of details) {
    it(`arrive as they were: ${JSON.stringify(detail)}`, () => {
      assert.deepEqual(unpackDetail(packDetail(detail)), detail);
    });
  }

  it("are no longer than the value where there is nothing else", () => {
    assert.equal(packDetail(plain), "42");
  });

  it("are refused when they are damaged", () => {
    const bytes = packDetail({ ...plain, stdout: "x" });
    assert.ok(bytes instanceof Uint8Array);
    if (!(bytes instanceof Uint8Array)) return;
    for (let length = 0; length < bytes.length; length += 1) {
      assert.throws(() => unpackDetail(bytes.slice(0, length)), MalformedTupleError);
    }
    assert.throws(() => unpackDetail(new Uint8Array([...bytes, 0])), MalformedTupleError);
  });
});
