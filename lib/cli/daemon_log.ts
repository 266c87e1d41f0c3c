import process from "node:process";
import { createLogger, type Logger, type LogLevel } from "../platform/logger.ts";
import { stripControls } from "./output/plain_text.ts";

/** What a daemon tells on standard error. When nobody reads that any more, the daemon goes on all the same. */
export function createDaemonLog(level: LogLevel): Logger {
  process.stderr.on("error", () => {});
  return createLogger(level, (line) => process.stderr.write(`${stripControls(line)}\n`));
}
