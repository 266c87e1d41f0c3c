import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { describe, it } from "node:test";
import { root } from "../../../scripts/files.ts";
import { canMakeNetworks } from "../../harness/namespaces.ts";
import { musterRunners, scriptCommand } from "../../harness/runners.ts";
import { LabBed, type ListedNode } from "../../harness/lab_bed.ts";

const skip = !canMakeNetworks &&
  "networks of our own need Linux, root, iproute2 (ip netns) and nftables (nft)";
const three = ["a1", "a2", "a3"];

/** Announces a node at the address of another, under its own host key. */
function liarProgram(address: string): string {
  const lib = JSON.stringify(`${root}/lib/net/`).slice(0, -1);
  return `import { Discovery } from ${lib}discovery/discovery.ts";
    import { loadIdentity, loadSharedKeys } from ${lib}keys.ts";
    const keys = await loadSharedKeys({});
    await Discovery.start({
      role: "node", identity: await loadIdentity(), keys, seeds: [], ownDaemons: false,
      daemon: {
        port: 7701,
        listensOn: (own) => own.map(({ address }) => address),
        announced: ["${address}"],
      },
      onFound: () => {}, onGone: () => {}, onProblem: console.error,
    });
    console.log("announced");`;
}

for (const runner of musterRunners()) {
  describe(`discovery on real networks (${runner.name})`, { skip }, () => {
    it("three hosts find each other with no options", async () => {
      await using bed = new LabBed(runner);
      const hosts = bed.addNetwork(1, three);
      await bed.shareSecret(hosts);
      await bed.startNodes(hosts);
      const lists = await Promise.all(hosts.map((host) => bed.watchOn(host, three)));
      assert.equal(lists.length, 3);
    });

    it("a node of another network is found through a seed, by those who do not name it too", async () => {
      await using bed = new LabBed(runner);
      const near = bed.addNetwork(1, three, true);
      const [far] = bed.addNetwork(2, ["b1"], true);
      const [away] = bed.addNetwork(3, ["c1"], true);
      bed.lab.addRouter(
        "router",
        [1, 2, 3].map((n) => ({ network: `lan${n}`, address: `10.77.${n}.254/24` })),
      );
      const [first, second] = near;
      assert.ok(far && away && first && second);
      await bed.shareSecret([...near, far, away]);
      await bed.startNodes(near);
      assert.deepEqual(await bed.listOn(far), [], "broadcasts stay on their network");
      await bed.startNodes([far], ["--join", first.address]);
      const all = [...three, "b1"];
      // Neither needs to be told: the seed tells the one, and its own node the other.
      await bed.watchOn(second, all);
      await bed.watchOn(far, all);
      assert.deepEqual(await bed.listOn(away), []);
      await bed.watchOn(away, all, ["--join", far.address]);
    });

    it("two clusters on one network do not see each other", async () => {
      await using bed = new LabBed(runner);
      const hosts = bed.addNetwork(1, ["a1", "b1", "a2", "b2"]);
      const ours = hosts.filter(({ name }) => name.startsWith("a"));
      const theirs = hosts.filter(({ name }) => name.startsWith("b"));
      await bed.shareSecret(ours);
      await bed.shareSecret(theirs);
      await bed.startNodes(hosts);
      await Promise.all([...ours, ...theirs].map(async (host) => {
        const names = host.name.startsWith("a") ? ["a1", "a2"] : ["b1", "b2"];
        await bed.watchOn(host, names);
        assert.deepEqual(await bed.listOn(host), names);
      }));
    });

    it("all are found while 30 % of the packets are lost at every host", async () => {
      await using bed = new LabBed(runner);
      const hosts = bed.addNetwork(1, three);
      for (const host of hosts) host.loseIncoming(30);
      await bed.shareSecret(hosts);
      await bed.startNodes(hosts);
      await Promise.all(hosts.map((host) => bed.watchOn(host, three)));
    });

    it("a node that is gone is listed no more, and one that is back is", async () => {
      await using bed = new LabBed(runner);
      const hosts = bed.addNetwork(1, ["a1", "a2"]);
      const [first, second] = hosts;
      assert.ok(first !== undefined && second !== undefined);
      await bed.shareSecret(hosts);
      await bed.startNodes(hosts);
      await bed.watchOn(first, ["a1", "a2"]);
      second.setLink("eth0", "down");
      await bed.watchOn(first, ["a1"]);
      second.setLink("eth0", "up");
      await bed.watchOn(first, ["a1", "a2"]);
    });

    it("a member that names another's address gets nobody to take the one for the other", async () => {
      await using bed = new LabBed(runner);
      const hosts = bed.addNetwork(1, ["a1", "liar", "client"]);
      const [node, liar, client] = hosts;
      assert.ok(node && liar && client);
      await bed.shareSecret(hosts);
      await bed.startNodes([node]);
      bed.write("liar.ts", liarProgram(node.address));
      const lying = bed.spawn(liar.command([...scriptCommand, "liar.ts"]), {
        env: bed.envOf(liar),
        stdin: null,
      });
      await lying.until("it announces", () => lying.stdout.includes("announced"), 60_000);
      const { code, stdout, stderr } = await bed.musterOn(client, ["nodes", "--json"]);
      assert.equal(code, 0, stderr);
      assert.deepEqual((JSON.parse(stdout) as ListedNode[]).map(({ name }) => name), ["a1"]);
      assert.match(
        stderr,
        /^muster: Cannot connect to 10\.77\.1\.1:7701: its host key .* is not the one expected/,
      );
      lying.kill("SIGKILL");
      await lying.ended();
    });

    it("a host without a secret is told what to run", async () => {
      await using bed = new LabBed(runner);
      const [host] = bed.addNetwork(1, ["a1"]);
      assert.ok(host !== undefined);
      const { code, stderr } = await bed.musterOn(host, ["nodes"]);
      assert.equal(code, 2);
      assert.match(stderr, /^muster: Cannot find nodes without a secret: run "muster keygen".*\n$/);
    });
  });

  describe(`muster doctor (${runner.name})`, { skip }, () => {
    it("has nothing to say against a host that works, and says what to do about one that does not", async () => {
      await using bed = new LabBed(runner);
      const hosts = bed.addNetwork(1, ["a1", "a2"]);
      const [first, second] = hosts;
      assert.ok(first !== undefined && second !== undefined);
      await bed.shareSecret(hosts);
      await bed.startNodes([second]);
      const well = await bed.musterOn(first, ["doctor"]);
      assert.equal(well.code, 0, well.stdout);
      assert.match(well.stdout, /^ok +network: 10\.77\.1\.1 \(eth0\)/);
      for (const subject of ["secret", "host key", "TCP port 7701", "UDP port 7700"]) {
        assert.match(well.stdout, new RegExp(`^ok +${subject}: `, "m"));
      }
      assert.match(well.stdout, /^ok +multicast on eth0: this host hears itself$/m);
      assert.match(well.stdout, /^ok +nodes: 1 found: a2 \(10\.77\.1\.2:7701\)$/m);
      assert.match(well.stdout, /^ok +clock of a2: /m);
      assert.match(well.stdout, /^ok +version of a2: /m);

      first.loseIncoming(100);
      chmodSync(`${bed.homeOf(first)}/secret`, 0o640);
      const ill = await bed.musterOn(first, ["doctor", "--json"]);
      assert.equal(ill.code, 1);
      type Finding = {
        readonly subject: string;
        readonly verdict: string;
        readonly advice?: string;
      };
      const findings = JSON.parse(ill.stdout) as Finding[];
      const failed = new Map(
        findings.flatMap(({ subject, verdict, advice }) =>
          verdict === "fail" ? [[subject, advice ?? ""]] : []
        ),
      );
      assert.deepEqual([...failed.keys()], ["secret", "multicast on eth0"]);
      assert.match(failed.get("secret") ?? "", /chmod 600/);
      assert.match(failed.get("multicast on eth0") ?? "", /firewall/);
    });
  });
}
