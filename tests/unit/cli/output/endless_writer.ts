/**
 * Writes numbers to standard output until nobody reads them. With an argument it writes to that file instead, and the
 * process exits in the middle of it with code 3.
 */
import { ResultWriter } from "../../../../lib/cli/output/result_writer.ts";

const path = process.argv[2];
const writer = await ResultWriter.open(
  path === undefined
    ? { kind: "stream", stream: process.stdout }
    : { kind: "file", path, mode: "replace" },
);
for (let count = 0; !writer.readerGone.aborted; count++) {
  await writer.write(count);
  if (path !== undefined && count === 100_000) process.exit(3);
}
await writer.close();
process.stderr.write("reader gone\n");
