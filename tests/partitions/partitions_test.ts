import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { isGoodLedger, ledgerText } from "../harness/ledger.ts";
import { canMakeNetworks } from "../harness/namespaces.ts";
import { musterRunners } from "../harness/runners.ts";
import { shortCases } from "./cases.ts";
import { runCase } from "./run_case.ts";

const skip = !canMakeNetworks &&
  "networks of our own need Linux, root, iproute2 (ip netns) and nftables (nft)";

for (const runner of musterRunners()) {
  describe(`a shared scheduler on a faulty network (${runner.name})`, { skip }, () => {
    for (const one of shortCases) {
      it(`loses nothing, and goes on: ${one.name}`, async () => {
        const { line, problem } = await runCase(runner, one);
        process.stdout.write(`${ledgerText(line)}\n`);
        assert.equal(problem, undefined);
        assert.ok(isGoodLedger(line), ledgerText(line));
      });
    }
  });
}
