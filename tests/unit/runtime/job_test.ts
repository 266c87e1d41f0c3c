import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { job } from "../../../job.ts";

describe("job", () => {
  it("says so where code does not run as a job", () => {
    assert.throws(() => job.dir, /Cannot read job\.dir: this code does not run as a job/);
    assert.throws(() => job.nodeName, /job\.nodeName/);
  });
});
