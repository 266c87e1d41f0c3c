import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { loadCrypto } from "../../../lib/net/crypto.ts";
import { createSecretFile, isSecretInPlace, musterHome } from "../../../lib/net/key_files.ts";
import { findKeys, loadIdentity, loadKeys } from "../../../lib/net/keys.ts";
import { UsageError } from "../../../lib/proto/errors.ts";
import { formatKeyLine, roleLineOf } from "../../../lib/wire/keyfile.ts";
import { inTempFolder } from "../cli/temp_folder.ts";

const crypto = await loadCrypto();
const secret = new Uint8Array(32).fill(9);
const clusterLine = formatKeyLine(crypto, { kind: "cluster", secret });
const loopback = ["127.0.0.1", "::1"];
const skip = process.platform === "win32" ? "Windows has no such permissions" : false;

describe("isSecretInPlace()", () => {
  it("tells of a secret that somebody put there, and not of one made for loopback", async () => {
    await inTempFolder(async (home) => {
      await withEnv({ MUSTER_SECRET_FILE: undefined, MUSTER_HOME: home }, async () => {
        assert.equal(isSecretInPlace({}), false);
        await loadKeys({ bind: loopback });
        assert.equal(isSecretInPlace({}), false);
        assert.equal(isSecretInPlace({ secretFile: join(home, "named") }), true);
        createSecretFile(join(home, "secret"), `${clusterLine}\n`);
        assert.equal(isSecretInPlace({}), true);
        assert.equal(isSecretInPlace({ home: join(home, "other") }), false);
      });
      await withEnv({ MUSTER_SECRET_FILE: join(home, "x"), MUSTER_HOME: home }, () => {
        assert.equal(isSecretInPlace({ home: join(home, "other") }), true);
      });
    });
  });
});

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

/** Sets variables of the environment for a while. */
async function withEnv(
  changes: Readonly<Record<string, string | undefined>>,
  use: () => void | Promise<void>,
): Promise<void> {
  const before = Object.keys(changes).map((name) => [name, process.env[name]] as const);
  const set = ([name, value]: readonly [string, string | undefined]): void => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  Object.entries(changes).forEach(set);
  try {
    await use();
  } finally {
    before.forEach(set);
  }
}

/** As {@link inTempFolder}, with no secret named by the environment. */
function inHome(use: (home: string) => Promise<void>): Promise<void> {
  return withEnv(
    { MUSTER_SECRET_FILE: undefined },
    () => inTempFolder((folder) => use(join(folder, "home"))),
  );
}

describe("the folder of keys", () => {
  it("is where the environment says", async () => {
    const none = { MUSTER_HOME: undefined, XDG_CONFIG_HOME: undefined };
    await withEnv({ ...none, MUSTER_HOME: "/a" }, () => assert.equal(musterHome(), "/a"));
    await withEnv({ ...none, XDG_CONFIG_HOME: "/b" }, () => {
      assert.equal(musterHome(), join("/b", "muster"));
    });
    await withEnv(none, () => assert.ok(musterHome().endsWith(join(".config", "muster"))));
  });
});

describe("files of secrets", () => {
  it("are made for their owner alone, in a folder for the owner alone, and leave no draft", {
    skip,
  }, async () => {
    await inHome(async (home) => {
      const path = join(home, "secret");
      await Promise.resolve();
      assert.equal(createSecretFile(path, "text\n"), true);
      assert.deepEqual([modeOf(home), modeOf(path)], [0o700, 0o600]);
      assert.deepEqual(readdirSync(home), ["secret"]);
    });
  });

  it("are never overwritten", async () => {
    await inHome(async (home) => {
      await Promise.resolve();
      const path = join(home, "secret");
      createSecretFile(path, "first\n");
      assert.equal(createSecretFile(path, "second\n"), false);
      assert.equal(readFileSync(path, "utf8"), "first\n");
      assert.deepEqual(readdirSync(home), ["secret"]);
    });
  });

  it("that others can read are refused with the command that mends it", { skip }, async () => {
    await inHome(async (home) => {
      const path = join(home, "secret");
      createSecretFile(path, `${clusterLine}\n`);
      for (const mode of [0o640, 0o604, 0o620]) {
        chmodSync(path, mode);
        await assert.rejects(
          loadKeys({ home, bind: loopback }),
          new UsageError(
            `Cannot use ${path}: others can read it (mode ${
              mode.toString(8)
            }); run: chmod 600 ${path}`,
          ),
        );
      }
    });
  });
});

describe("loadKeys", () => {
  it("makes a secret by itself on loopback, the same at the next call", async () => {
    await inHome(async (home) => {
      const first = await loadKeys({ home, bind: loopback });
      const second = await loadKeys({ home, bind: ["localhost"] });
      assert.equal(first.source, join(home, "loopback_secret"));
      assert.equal(second.fingerprint, first.fingerprint);
    });
  });

  it("agrees when several programs start at once", async () => {
    await inHome(async (home) => {
      const all = await Promise.all(Array.from({ length: 5 }, () => loadKeys({ home, bind: [] })));
      assert.equal(new Set(all.map(({ fingerprint }) => fingerprint)).size, 1);
    });
  });

  it("refuses other hosts without a secret, with the command that makes one", async () => {
    await inHome(async (home) => {
      await loadKeys({ home, bind: loopback });
      for (const host of ["0.0.0.0", "::", "10.0.0.5", "node-a"]) {
        await assert.rejects(loadKeys({ home, bind: ["127.0.0.1", host] }), (error: Error) => {
          assert.ok(error instanceof UsageError);
          assert.match(error.message, /run "muster keygen" on one host/);
          return true;
        });
      }
    });
  });

  it("takes the file that is named, before the environment's, before the folder's", async () => {
    await inHome(async (home) => {
      const paths = ["secret", "from_env", "named"].map((name) => join(home, name));
      const [inFolder = "", fromEnv = "", named = ""] = paths;
      paths.forEach((path, index) => {
        const other = new Uint8Array(32).fill(index);
        createSecretFile(path, formatKeyLine(crypto, { kind: "cluster", secret: other }));
      });
      const bind = ["0.0.0.0"];
      assert.equal((await loadKeys({ home, bind })).source, inFolder);
      await withEnv({ MUSTER_SECRET_FILE: fromEnv }, async () => {
        assert.equal((await loadKeys({ home, bind })).source, fromEnv);
        assert.equal((await loadKeys({ home, bind, secretFile: named })).source, named);
      });
      const missing = join(home, "missing");
      await assert.rejects(
        loadKeys({ home, bind, secretFile: missing }),
        /no such file.*muster keygen/,
      );
    });
  });

  it("reads several secrets, the first being the one in use, and keys of one role", async () => {
    await inHome(async (home) => {
      const older = formatKeyLine(crypto, { kind: "cluster", secret: new Uint8Array(32).fill(1) });
      createSecretFile(join(home, "secret"), `# new, then old\n${clusterLine}\n${older}\n`);
      const keys = await findKeys({ home });
      assert.equal(keys?.secrets.length, 2);
      const nodeFile = join(home, "node");
      createSecretFile(nodeFile, formatKeyLine(crypto, roleLineOf(crypto, secret, "node")));
      const node = await loadKeys({ home, bind: [], secretFile: nodeFile });
      assert.equal(node.fingerprint, keys?.fingerprint);
      assert.equal(node.secrets[0].clientPsk, undefined);
      assert.deepEqual(node.secrets[0].nodePsk, keys?.secrets[0].nodePsk);
    });
  });

  it("refuses a host's key as a secret, damaged text and long files, and shows none of them", async () => {
    await inHome(async (home) => {
      const host = formatKeyLine(crypto, { kind: "host", secretKey: secret });
      const wrong = [host, `${clusterLine.slice(0, -1)}x`, "hunter2", "", "#".repeat(5000)];
      for (const [index, text] of wrong.entries()) {
        const secretFile = join(home, `wrong ${index}`);
        createSecretFile(secretFile, text);
        await assert.rejects(loadKeys({ home, bind: [], secretFile }), (error: Error) => {
          assert.ok(error instanceof UsageError);
          assert.ok(error.message.includes(secretFile));
          assert.ok(text === "" || !error.message.includes(text));
          return true;
        });
      }
    });
  });
});

describe("loadIdentity", () => {
  it("makes the host's key once, and an instance id at each call", async () => {
    await inHome(async (home) => {
      const [first, second] = [await loadIdentity({ home }), await loadIdentity({ home })];
      assert.equal(second.hostKey.toHex(), first.hostKey.toHex());
      assert.notEqual(second.instanceId.toHex(), first.instanceId.toHex());
      assert.match(first.fingerprint, /^([0-9a-f]{4}-){4}[0-9a-f]{4}$/);
      if (skip === false) assert.equal(modeOf(join(home, "host_key")), 0o600);
    });
  });

  it("refuses a secret in its place", async () => {
    await inHome(async (home) => {
      mkdirSync(home);
      writeFileSync(join(home, "host_key"), clusterLine, { mode: 0o600 });
      await assert.rejects(loadIdentity({ home }), /it holds a secret/);
    });
  });
});
