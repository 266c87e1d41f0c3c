import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { root } from "../../../scripts/files.ts";
import { checkProject, denoFinds, isDeno, makeFolder } from "./support.ts";

const configFlags = ["--config", join(root, "deno.json")];
const hasPackages = denoFinds(join(root, "mod.ts"), [...configFlags, "--node-modules-dir=none"]);

describe("mod.ts imported from another folder", () => {
  let folder = "";
  before(() => {
    folder = makeFolder("project", join(root, "mod.ts"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("works as it is", {
    skip: isDeno && "Deno finds packages only through a configuration: see the other tests",
  }, () => checkProject(folder));

  it("works with the configuration of the library", {
    skip: !isDeno && "--config is a flag of Deno",
  }, () => checkProject(folder, configFlags));

  it("works in a project that links the library", {
    skip: (!isDeno && "links are a setting of Deno") ||
      (!hasPackages && "its packages are in the npm registry, which does not answer"),
  }, async () => {
    const config = join(folder, "deno.json");
    writeFileSync(config, JSON.stringify({ links: [root] }));
    await checkProject(folder);
  });
});
