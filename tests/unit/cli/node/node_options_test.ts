import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseNodeRequest, settingsOf } from "../../../../lib/cli/node/node_options.ts";
import { defaultDestPath } from "../../../../lib/node/work_folder.ts";
import { UsageError } from "../../../../lib/proto/errors.ts";
import { inTempFolder } from "../temp_folder.ts";

const cores = 6;

function messageOf(flags: Readonly<Record<string, unknown>>): string {
  try {
    parseNodeRequest(flags, cores);
  } catch (error) {
    assert.ok(error instanceof UsageError);
    assert.doesNotMatch(error.message, /\n/);
    return error.message;
  }
  return assert.fail(`was taken: ${JSON.stringify(flags)}`);
}

/** Writes a file of options and hands its path over. */
async function withConfig(text: string, use: (file: string) => void): Promise<void> {
  await inTempFolder(async (folder) => {
    const file = join(folder, "node.json");
    writeFileSync(file, text);
    await Promise.resolve(use(file));
  });
}

describe("parseNodeRequest()", () => {
  it("fills in the defaults", () => {
    assert.deepEqual(parseNodeRequest({}, cores), {
      name: hostname().slice(0, 64),
      hosts: undefined,
      port: 7701,
      extHosts: [],
      seeds: [],
      clients: [],
      cpus: cores,
      tags: [],
      isolation: "process",
      destPath: defaultDestPath(),
      keepResults: undefined,
      keepMs: 86_400_000,
      secretFile: undefined,
      cipher: undefined,
      logLevel: "info",
      saveConfig: undefined,
    });
  });

  it("takes a duration for how long results are kept, and refuses what is none", () => {
    const request = parseNodeRequest({ keepResults: "90m" }, cores);
    assert.equal(request.keepMs, 5_400_000);
    assert.equal(settingsOf(request).keepResults, "90m");
    assert.throws(
      () => parseNodeRequest({ keepResults: "soon" }, cores),
      /give a duration such as/,
    );
  });

  it("takes numbers and lists from flags", () => {
    const request = parseNodeRequest(
      {
        port: "0",
        cpus: "-1",
        host: ["a", "b"],
        extHost: ["203.0.113.7"],
        join: ["h", "h:9"],
        tag: ["gpu", "rack/3"],
      },
      cores,
    );
    assert.equal(request.port, 0);
    assert.equal(request.cpus, -1);
    assert.deepEqual(request.hosts, ["a", "b"]);
    assert.deepEqual(request.extHosts, ["203.0.113.7"]);
    assert.deepEqual(request.seeds, [{ host: "h", port: 7700 }, { host: "h", port: 9 }]);
    assert.deepEqual(request.tags, ["gpu", "rack/3"]);
  });

  const badFlags: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ port: "x" }, "Cannot use --port x: give a whole number"],
    [{ port: "70000" }, "Cannot use --port 70000: give a port"],
    [{ cpus: "1.5" }, "Cannot use --cpus 1.5: give a whole number"],
    [{ cpus: "0" }, "Cannot use --cpus 0: give 1 to"],
    [{ name: "" }, "Cannot use --name : give a name"],
    [{ name: "é".repeat(33) }, "Cannot use --name "],
    [{ tag: ["gpu", "a b"] }, "Cannot use --tag a b: give words of"],
    [{ tag: ["x".repeat(65)] }, "Cannot use --tag "],
    [{ tag: Array.from({ length: 33 }, String) }, "Cannot use --tag "],
    [{ extHost: Array.from({ length: 9 }, String) }, "Cannot use --ext-host "],
    [{ join: ["a:b:c:"] }, 'Cannot use node "a:b:c:": give host or host:port'],
    [{ dial: ["laptop", "a:b"] }, `Cannot dial "a:b": give host or host:port`],
    [{ cipher: "rot13" }, "Cannot use --cipher rot13: give nacl or aes"],
    [{ destPath: "" }, "Cannot use --dest-path : give a path"],
    [{ logLevel: "loud" }, "Cannot use --log-level loud: give error, warn, info, debug"],
  ];
  for (const [flags, expected] of badFlags) {
    it(`refuses ${JSON.stringify(flags).slice(0, 40)} in one line`, () => {
      assert.ok(messageOf(flags).startsWith(expected), messageOf(flags));
    });
  }

  it("takes a file of options, over which flags win", async () => {
    const text = JSON.stringify({ cpus: 3, port: 9000, tag: ["a"], logLevel: "debug" });
    await withConfig(text, (config) => {
      const request = parseNodeRequest({ config, port: "9001", tag: ["b"] }, cores);
      const { cpus, port, tags, logLevel } = request;
      assert.deepEqual({ cpus, port, tags, logLevel }, {
        cpus: 3,
        port: 9001,
        tags: ["b"],
        logLevel: "debug",
      });
    });
  });

  it("takes paths in a file from the file's folder", async () => {
    await withConfig(`{"destPath": "work", "secretFile": "/etc/secret"}`, (config) => {
      const { destPath, secretFile } = parseNodeRequest({ config }, cores);
      assert.equal(destPath, join(config, "../work"));
      assert.equal(secretFile, "/etc/secret");
    });
  });

  const badFiles: readonly (readonly [string, string])[] = [
    [`{"prot": 1}`, `"prot": 1: there is no option of that name`],
    [`{"config": "x"}`, `"config": "x": there is no option of that name`],
    [`{"port": "7701"}`, `"port": "7701": give a whole number`],
    [`{"host": "10.0.0.1"}`, `"host": "10.0.0.1": give a list`],
    [`{"host": ["10.0.0.1", 3]}`, `"host": 3: give an address`],
    [`{"cpus": null}`, `"cpus": null: give a whole number`],
    [`{"name": "${"x".repeat(500)}"}`, `"name": "xxx`],
    [`{"cpus": 1`, "it is not JSON"],
    [`[1]`, "give an object"],
    [`null`, "give an object"],
  ];
  for (const [text, expected] of badFiles) {
    it(`refuses a file with ${text.slice(0, 40)}, naming file, key and value`, async () => {
      await withConfig(text, (config) => {
        const message = messageOf({ config });
        assert.ok(message.startsWith(`Cannot use ${config}: `), message);
        assert.ok(message.includes(expected), message);
        assert.ok(message.length < 300 + config.length, message);
      });
    });
  }

  it("refuses a file that is not there, or that others can change", async () => {
    assert.match(messageOf({ config: "/no/such.json" }), /^Cannot read \/no\/such\.json/);
    await withConfig("{}", (config) => {
      chmodSync(config, 0o622);
      assert.match(messageOf({ config }), /others can change it/);
    });
  });
});

describe("settingsOf()", () => {
  it("gives what makes the same request again", async () => {
    const flags = {
      name: "n1",
      port: "9000",
      cpus: "-2",
      host: ["127.0.0.2"],
      extHost: ["203.0.113.7"],
      join: ["10.0.4.2", "[fd00::2]:7799"],
      dial: ["laptop", "[::1]:9000"],
      tag: ["gpu"],
      destPath: "work",
      secretFile: "secret",
      logLevel: "debug",
    };
    for (const each of [flags, {}]) {
      const request = parseNodeRequest(each, cores);
      await withConfig(JSON.stringify(settingsOf(request)), (config) => {
        assert.deepEqual(parseNodeRequest({ config }, 99), request);
      });
    }
  });
});
