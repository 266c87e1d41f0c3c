import assert from "node:assert/strict";
import { chmodSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { AuthorizedKeys } from "../../../lib/net/authorized_keys.ts";
import { formatPublicKey, loadKnownHosts } from "../../../lib/net/policy.ts";
import type { Peer } from "../../../lib/net/types.ts";
import { UsageError } from "../../../lib/proto/errors.ts";
import { inTempFolder } from "../cli/temp_folder.ts";

const [keyA, keyB] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const textA = formatPublicKey(keyA);

/** A peer with host key A. */
function peer(changes: Partial<Peer> = {}): Peer {
  return {
    role: "node",
    name: "node-a",
    hostKey: keyA,
    fingerprint: "0000-1111",
    instanceId: "00",
    address: "10.0.0.5:40000",
    ...changes,
  };
}

/** What a list says of peers. */
async function withList(text: string, use: (keys: AuthorizedKeys) => void): Promise<void> {
  await inTempFolder(async (home) => {
    await Promise.resolve();
    writeFileSync(join(home, "authorized_keys"), text);
    use(new AuthorizedKeys(home));
  });
}

describe("known_hosts", () => {
  it("keeps out every host that is not listed, and none when there is no file", async () => {
    await inTempFolder(async (home) => {
      await Promise.resolve();
      assert.equal(loadKnownHosts(home), undefined);
      writeFileSync(join(home, "known_hosts"), `# mine\n\n${textA} node-a, in the cellar\n`);
      const known = loadKnownHosts(home);
      assert.equal(known?.accepts(keyA), true);
      assert.equal(known?.accepts(keyB), false);
    });
  });

  it("is refused with the line that is wrong", async () => {
    await inTempFolder(async (home) => {
      await Promise.resolve();
      const path = join(home, "known_hosts");
      for (const wrong of ["node-a", `${textA}=`, textA.slice(1), `${textA.slice(0, -1)}B`]) {
        writeFileSync(path, `${textA}\n${wrong} node-b\n`);
        assert.throws(
          () => loadKnownHosts(home),
          /known_hosts: line 2 does not begin with a public key/,
        );
      }
    });
  });

  it("is refused when others can change it", {
    skip: process.platform === "win32" ? "Windows has no such permissions" : false,
  }, async () => {
    await inTempFolder(async (home) => {
      await Promise.resolve();
      const path = join(home, "known_hosts");
      writeFileSync(path, textA);
      chmodSync(path, 0o666);
      assert.throws(() => loadKnownHosts(home), /others can change it .* chmod go-w/);
    });
  });
});

describe("authorized_keys", () => {
  it("lets every member in when there is no file", async () => {
    await inTempFolder(async (home) => {
      await Promise.resolve();
      assert.equal(new AuthorizedKeys(home).authorize(peer()), undefined);
    });
  });

  it("lets nobody in when it is empty", async () => {
    await withList(
      "# nobody\n",
      (keys) => assert.match(keys.authorize(peer()) ?? "", /is not listed/),
    );
  });

  it("lets a host in for the roles of its line, and tells others the line they need", async () => {
    await withList(`${textA} node,scheduler rack 1\n`, (keys) => {
      assert.equal(keys.authorize(peer()), undefined);
      assert.equal(keys.authorize(peer({ role: "scheduler" })), undefined);
      assert.match(keys.authorize(peer({ role: "client" })) ?? "", /not listed as client/);
      const why = keys.authorize(peer({ hostKey: keyB, name: "node-b" }));
      assert.ok(why?.endsWith(`${formatPublicKey(keyB)} node node-b`), String(why));
    });
  });

  it("lets a host in from the networks of its line", async () => {
    await withList(`${textA} node from=10.0.0.0/24,fd00::/8\n${textA} client\n`, (keys) => {
      assert.equal(keys.authorize(peer()), undefined);
      assert.equal(keys.authorize(peer({ address: "[fd00::7]:40000" })), undefined);
      assert.match(
        keys.authorize(peer({ address: "10.0.1.5:40000" })) ?? "",
        /may not come from 10\.0\.1\.5/,
      );
      assert.match(keys.authorize(peer({ address: "[fe80::7]:40000" })) ?? "", /may not come from/);
      assert.equal(keys.authorize(peer({ role: "client", address: "10.0.1.5:1" })), undefined);
    });
  });

  it("is refused with the line that is wrong", async () => {
    for (
      const wrong of ["", "root", "node,", "node from=", "node from=10.0.0.0/33", "node from=home"]
    ) {
      await inTempFolder(async (home) => {
        await Promise.resolve();
        writeFileSync(join(home, "authorized_keys"), `${textA} ${wrong}\n`);
        assert.throws(() => new AuthorizedKeys(home), (error: Error) => {
          return error instanceof UsageError &&
            /authorized_keys: line 1 has no /.test(error.message);
        });
      });
    }
  });

  it("is read again when it changes; a mistake in it lets nobody else in", async () => {
    await inTempFolder(async (home) => {
      const path = join(home, "authorized_keys");
      writeFileSync(path, `${textA} node\n`);
      const keys = new AuthorizedKeys(home);
      let told = Promise.withResolvers<string>();
      // The watch keeps no program alive.
      const alive = setInterval(() => {}, 1_000);
      const stop = keys.watch(() => told.resolve("changed"), (message) => told.resolve(message));
      const next = async (change: () => void): Promise<string> => {
        told = Promise.withResolvers();
        change();
        return await told.promise;
      };
      assert.equal(await next(() => writeFileSync(path, "# nobody\n")), "changed");
      assert.match(keys.authorize(peer()) ?? "", /not listed/);
      assert.match(
        await next(() => writeFileSync(path, "nonsense\n")),
        /line 1 .*the list before holds/,
      );
      assert.match(await next(() => unlinkSync(path)), /is gone/);
      assert.match(keys.authorize(peer()) ?? "", /not listed/);
      assert.equal(await next(() => writeFileSync(path, `${textA} node # back\n`)), "changed");
      assert.equal(keys.authorize(peer()), undefined);
      stop();
      clearInterval(alive);
    });
  });
});
