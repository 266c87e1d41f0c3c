// Every .txt file beside this one is a story about the scheduler that many clients share: commands at the left margin,
// and indented below each what the scheduler did, which may wait for what it writes where it says `then`. To write all
// answers anew, run
//
//   MUSTER_REWRITE_SCENARIOS=1 bun test tests/scenarios/shared
//
// and read the difference before it is committed.
//
//   start [lose=0]                     the scheduler starts, perhaps again; its last so many records were not on disk
//   client c [by=name] [priority=0] [exclusive=yes] [max-jobs=5]     a client connects and opens cluster c
//   submit c j1 j2 [reentrant=no] [retries=0] [priority=0] [hash=other]
//   ack c j1   cancel c j1   withdraw c j1   detach c   close c
//   node a [slots=1] [instance=a2] [running=j1#1@1] [waiting=j2#1@1] [outbox=j3#1@1]     node a connects and announces
//   started a j1#1@1   done a j1#1@1 [outcome]   returned a j1#1@1   draining a
//   gone a                             the connection of node a, or of the client of a cluster, is gone
//   advance 50                         50 ms pass
// A node is lost after 1000 ms, after a start 2000 ms; three results are on their way at once.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { replayShared } from "./shared_scenario.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
const rewrite = process.env["MUSTER_REWRITE_SCENARIOS"] === "1";

describe("scenarios of the shared scheduler", () => {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".txt")).sort()) {
    it(name.replace(".txt", "").replaceAll("_", " "), () => {
      const path = `${folder}${name}`;
      const told = readFileSync(path, "utf8");
      const found = replayShared(told);
      if (rewrite) writeFileSync(path, found);
      else assert.equal(found, told);
    });
  }
});
