import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { stateFolder } from "../../../lib/platform/state_folder.ts";

/** Calls with these variables of the environment and without others that matter. */
function withEnv(env: Readonly<Record<string, string>>, call: () => void): void {
  const names = ["MUSTER_HOME", "XDG_STATE_HOME", "HOME"] as const;
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) delete process.env[name];
  Object.assign(process.env, env);
  try {
    call();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

describe("stateFolder()", () => {
  it("is where the environment says, muster's own variable first", () => {
    const state = { XDG_STATE_HOME: "/var/state" };
    withEnv(state, () => assert.equal(stateFolder(), "/var/state/muster"));
    withEnv({ ...state, MUSTER_HOME: "/srv/muster" }, () => {
      assert.equal(stateFolder(), "/srv/muster/state");
    });
  });

  it("is in the home of the user otherwise", () => {
    withEnv({}, () => assert.match(stateFolder(), /\/\.local\/state\/muster$/));
  });
});
