import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { checkAddresses, checkSecret } from "../../../../lib/cli/doctor/host_checks.ts";
import { inTempFolder } from "../temp_folder.ts";

describe("checks of the host", () => {
  it("miss a network", () => {
    assert.equal(checkAddresses([]).verdict, "fail");
    const address = { link: "eth0", family: "ipv4", address: "10.0.0.7" } as const;
    const finding = checkAddresses([{ ...address, broadcast: "10.0.0.255" }]);
    assert.deepEqual([finding.verdict, finding.seen], ["ok", "10.0.0.7 (eth0)"]);
  });

  it("name a secret that others can read, with the command that mends it", async () => {
    await inTempFolder(async (folder) => {
      const path = join(folder, "secret");
      writeFileSync(path, "x");
      chmodSync(path, 0o644);
      const { finding, keys } = await checkSecret(path);
      assert.equal(keys, undefined);
      assert.equal(finding.verdict, "fail");
      assert.match(finding.seen, /others can read it \(mode 644\)/);
      assert.match(finding.advice ?? "", /chmod 600/);
    });
  });
});
