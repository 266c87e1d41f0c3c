import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requireFlag } from "../../../../lib/cli/run/require_flag.ts";

describe("requireFlag", () => {
  it("reads tags and the rest", () => {
    assert.deepEqual(requireFlag.parse("tag=gpu"), { tags: ["gpu"] });
    assert.deepEqual(requireFlag.parse("platform=linux,tag=a,runtime=bun,tag=b"), {
      tags: ["a", "b"],
      platform: "linux",
      runtime: "bun",
    });
    assert.deepEqual(requireFlag.parse("arch=arm64"), { arch: "arm64" });
  });

  const refused: readonly (readonly [string, RegExp])[] = [
    ["", /^give tag, platform, arch, runtime, each with its value/],
    ["gpu", /^give tag, platform/],
    ["tag=", /^give tag, platform/],
    ["tag=gpu,", /^give tag, platform/],
    ["cpu=2", /^give tag, platform/],
    ["tag=a b", /^for tag, give words/],
    ["platform=macos", /^for platform, give linux or darwin or win32$/],
    ["arch=x64,arch=arm64", /^give arch once$/],
  ];
  for (const [text, message] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      const parsed = requireFlag.safeParse(text);
      assert.match(parsed.error?.issues[0]?.message ?? "", message);
    });
  }
});
