import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import {
  localFacts,
  type MatchedFacts,
  type Requirements,
  requirementsSchema,
  whyUnsuitable,
} from "../../../lib/client/requirements.ts";
import { detectPlatform } from "../../../lib/platform/mod.ts";

const facts: MatchedFacts = {
  tags: ["gpu", "rack/3"],
  platform: "linux",
  arch: "x64",
  runtime: "bun",
};

describe("whyUnsuitable()", () => {
  const suited: readonly Requirements[] = [
    {},
    { tags: [] },
    { tags: ["rack/3", "gpu"] },
    { platform: "linux", arch: "x64", runtime: "bun", tags: ["gpu"] },
  ];
  for (const require of suited) {
    it(`finds nothing against ${JSON.stringify(require)}`, () => {
      assert.equal(whyUnsuitable(require, facts), undefined);
    });
  }

  const unsuited: readonly (readonly [Requirements, string])[] = [
    [{ tags: ["gpu", "ssd"] }, "tag ssd is missing"],
    [{ tags: ["GPU"] }, "tag GPU is missing"],
    [{ platform: "darwin" }, "its platform is linux, not darwin"],
    [{ arch: "arm64" }, "its arch is x64, not arm64"],
    [{ runtime: "deno", platform: "linux" }, "its runtime is bun, not deno"],
  ];
  for (const [require, why] of unsuited) {
    it(`says "${why}"`, () => assert.equal(whyUnsuitable(require, facts), why));
  }

  it("knows this process, which has no tags", () => {
    const platform = detectPlatform();
    const here = localFacts(platform);
    assert.equal(whyUnsuitable({ runtime: platform.name }, here), undefined);
    assert.equal(here.platform, process.platform);
    assert.equal(whyUnsuitable({ tags: ["gpu"] }, here), "tag gpu is missing");
  });
});

describe("requirementsSchema", () => {
  it("refuses what no node can be", () => {
    for (
      const raw of [
        { platform: "macos" },
        { arch: "ia32" },
        { runtime: "node" },
        { tags: "gpu" },
        { tags: ["a b"] },
        { tag: ["gpu"] },
      ]
    ) {
      assert.equal(requirementsSchema.safeParse(raw).success, false, JSON.stringify(raw));
    }
  });
});
