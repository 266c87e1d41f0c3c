import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFor } from "../../../../lib/cli/input/format.ts";

test("formatFor() goes by the extension, in any case, and falls back to lines", () => {
  const cases = {
    "a.ndjson": "ndjson",
    "dir.json/a.JSONL": "ndjson",
    "a.json": "json",
    "a.tar.csv": "csv",
    "a.tsv": "tsv",
    "a.txt": "lines",
    "csv": "lines",
    "dir.csv/a": "lines",
    "": "lines",
  };
  for (const [path, format] of Object.entries(cases)) assert.equal(formatFor(path), format, path);
});
