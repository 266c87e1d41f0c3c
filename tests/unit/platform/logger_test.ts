import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger, logLevels } from "../../../lib/platform/logger.ts";

describe("createLogger()", () => {
  for (const [index, level] of logLevels.entries()) {
    it(`shows ${level} and what matters more`, () => {
      const lines: string[] = [];
      const log = createLogger(level, (line) => lines.push(line));
      for (const each of logLevels) log[each]("a line");
      const shown = lines.map((line) => /^\d{4}-\d\d-\d\dT[\d:.]+Z (\w+) a line$/.exec(line)?.[1]);
      assert.deepEqual(shown, logLevels.slice(0, index + 1));
    });
  }
});
