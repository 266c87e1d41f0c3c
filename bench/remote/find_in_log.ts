import type { Readable } from "node:stream";

/**
 * What the first group of `pattern` finds in the log of a daemon. The log is read on afterwards: a daemon whose log is
 * closed ends with it.
 *
 * @throws {Error} With the log, when it ends before that.
 */
export function findInLog(log: Readable, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    log.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const found = pattern.exec(text)?.[1];
      if (found === undefined) return;
      log.removeAllListeners("data").resume();
      resolve(found);
    });
    log.on("end", () => {
      reject(new Error(`Cannot measure a daemon that does not start: ${text.trim()}`));
    });
  });
}
