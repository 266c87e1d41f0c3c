import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { joinSlotText, splitSlotText } from "../../../lib/proto/shared_executor.ts";

describe("joinSlotText() and splitSlotText()", () => {
  it("carry the number of a slot and any text", () => {
    for (const text of ["[0,[1]]", "", " 7 [\u00e9]"]) {
      assert.deepEqual(splitSlotText(joinSlotText(12, text)), { slot: 12, text });
    }
  });
});
