import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { limits } from "../../../lib/proto/limits.ts";
import {
  clusterKeysOf,
  formatKeyLine,
  KeyFileError,
  parseKeyFile,
  roleLineOf,
} from "../../../lib/wire/keyfile.ts";
import { quickCrypto as crypto, rising, rootSecret } from "./fixtures.ts";

const line = formatKeyLine(crypto, { kind: "cluster", secret: rootSecret });

describe("key files", () => {
  it("hold up to three secrets, with comments and empty lines between", () => {
    const secrets = [rising(1), rising(2), rising(3)];
    const lines = secrets.map((secret) => formatKeyLine(crypto, { kind: "cluster", secret }));
    const text = `# made by keygen\r\n\n${lines.join("\r\n\n# older\n")}\n`;
    assert.deepEqual(
      parseKeyFile(crypto, text),
      secrets.map((secret) => ({ kind: "cluster", secret })),
    );
  });

  it("of a role give the same keys as the secret, and no others", () => {
    const whole = clusterKeysOf(crypto, { kind: "cluster", secret: rootSecret });
    for (const role of ["node", "client"] as const) {
      const [parsed] = parseKeyFile(
        crypto,
        formatKeyLine(crypto, roleLineOf(crypto, rootSecret, role)),
      );
      assert.ok(parsed?.kind === role);
      const keys = clusterKeysOf(crypto, parsed);
      assert.deepEqual(keys.discoveryKey, whole.discoveryKey);
      assert.deepEqual(keys.nodePsk, role === "node" ? whole.nodePsk : undefined);
      assert.deepEqual(keys.clientPsk, role === "client" ? whole.clientPsk : undefined);
    }
  });

  it("with any one character changed are refused, and no message shows the key", () => {
    let accepted = 0;
    for (let index = 0; index < line.length; index++) {
      const changed = line.slice(0, index) + (line[index] === "x" ? "y" : "x") +
        line.slice(index + 1);
      try {
        parseKeyFile(crypto, changed);
        accepted++;
      } catch (error) {
        assert.ok(error instanceof KeyFileError);
        assert.ok(error.message.startsWith("Cannot read the key file: line 1 "), error.message);
        assert.equal(error.message.includes(changed.slice(20, 30)), false);
      }
    }
    assert.equal(accepted, 0);
  });

  it("that are empty, too long, mixed or of too many keys are refused", () => {
    const host = formatKeyLine(crypto, { kind: "host", secretKey: rising(1) });
    const cases: [string, RegExp][] = [
      ["", /holds no key/],
      ["# only a comment", /holds no key/],
      ["x".repeat(limits.maxKeyFileChars + 1), /longer than/],
      [`${line}\n${host}`, /different kinds/],
      [Array(4).fill(line).join("\n"), /4 keys are more than 3/],
      [line.slice(0, -2), /line 1 is cut short/],
      [`\n\n${line} x`, /line 3 is not of the form/],
      [line.replace("cluster", "node"), /line 1 is cut short/],
      [host.replace("host", "cluster"), /checksum/],
      [line.replace("cluster", "toString"), /line 1 is not of the form/],
    ];
    for (const [text, message] of cases) assert.throws(() => parseKeyFile(crypto, text), message);
  });
});
