import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectError } from "../../../lib/net/connect_error.ts";
import type { Connection } from "../../../lib/net/types.ts";
import { ClientDialer } from "../../../lib/node/client_dialer.ts";
import { createLogger } from "../../../lib/platform/logger.ts";
import { memoryConnections } from "../../harness/memory_connection.ts";

const nobody = new ConnectError("unreachable", "nothing listens there");
const stranger = new ConnectError("secret", "another secret");

/** Dials one place through a list of answers, then stops; gives the levels and texts of the log. */
async function follow(answers: readonly (ConnectError | Connection)[]): Promise<string[]> {
  const lines: string[] = [];
  const left = [...answers];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const dialer = new ClientDialer({
    places: [{ host: "127.0.0.1", port: 1 }],
    dial: () => {
      const answer = left.shift();
      if (answer === undefined) resolve();
      return answer instanceof Error || answer === undefined
        ? Promise.reject(answer ?? nobody)
        : Promise.resolve(answer);
    },
    serve: () => Promise.resolve(),
    log: createLogger("debug", (line) => lines.push(line.replace(/^\S+ /, ""))),
  });
  await done;
  dialer.stop();
  await dialer.ended();
  return lines;
}

describe("ClientDialer", () => {
  it("says once that nobody is there, however often clients come and go", async () => {
    const { toNode } = memoryConnections();
    assert.deepEqual(await follow([nobody, toNode, nobody, toNode, nobody]), [
      "info nothing listens there; it is dialled until a client is there",
      "debug nothing listens there",
      "debug nothing listens there",
    ]);
  });

  it("says as an error what somebody has to mend", async () => {
    assert.deepEqual(await follow([stranger, stranger]), ["error another secret"]);
  });
});
