import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { hostname } from "node:os";
import { describe, it } from "node:test";
import { NodeBed, stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";
import { Proxy } from "../net/proxy.ts";

const jobs = `
export function plumpudding(text: string): object {
  if (text.startsWith("marzipan")) throw new RangeError("no nougat");
  console.log("said gingerbread");
  return { answer: text.toUpperCase(), far: "spekulatius" };
}
`;

/** Names, arguments, results, errors, output, code: none of it may be seen on the way. */
const canaries = [
  "plumpudding",
  "zimtstern",
  "ZIMTSTERN",
  "marzipan",
  "nougat",
  "gingerbread",
  "spekulatius",
  "toUpperCase",
  "lebkuchen-node",
  "RangeError",
  // A shorter one is found by chance.
  ...(hostname().length >= 6 ? [hostname()] : []),
];

for (const runner of musterRunners()) {
  describe(`the wire between client and node (${runner.name})`, () => {
    it("shows no name, argument, result, error, output or code", async () => {
      await using bed = new NodeBed(runner);
      bed.write("jobs.ts", jobs);
      const { process, address } = await bed.node(["--cpus", "1", "--name", "lebkuchen-node"]);
      const proxy = new Proxy(Number(address.split(":")[1]));
      const port = await proxy.listen();
      const inputs = [
        ...Array.from({ length: 500 }, (_, index) => `zimtstern ${index}`),
        "marzipan",
      ];
      const place = `127.0.0.1:${port}`;
      const args = ["map", "jobs.ts#plumpudding", "--no-local", "--nodes", place];
      const { code, stdout, stderr } = await bed.muster(args, {
        env: bed.env,
        stdin: inputs.map((input) => `${input}\n`).join(""),
      });
      // They did pass: the client has all of it.
      assert.equal(code, 1);
      assert.equal(stdout.match(/ZIMTSTERN \d+.*spekulatius/g)?.length, 500);
      assert.match(stderr, /on lebkuchen-node\n {2}RangeError: no nougat/);
      for (const direction of ["out", "back"] as const) {
        const bytes = Buffer.concat(proxy.passed[direction]);
        assert.ok(bytes.length > 5_000, `${direction}: ${bytes.length} bytes`);
        for (const canary of canaries) {
          for (const encoding of ["utf8", "utf16le"] as const) {
            const at = bytes.indexOf(Buffer.from(canary, encoding));
            assert.equal(at, -1, `${direction}: ${canary} stands at byte ${at}`);
          }
        }
      }
      await proxy.close();
      await stopNode(process);
    });
  });
}
