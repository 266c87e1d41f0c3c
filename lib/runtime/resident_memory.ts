import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

/** Physical memory that this process and the processes it started occupy, in bytes; of others than Linux its own. */
export function residentBytes(): number {
  const own = process.memoryUsage.rss();
  return childrenOf(process.pid).reduce((sum, pid) => sum + treeBytes(pid), own);
}

function treeBytes(pid: string): number {
  const kibibytes = /^VmRSS:\s*(\d+) kB$/m.exec(readProc(`${pid}/status`))?.[1] ?? "0";
  return childrenOf(pid).reduce((sum, child) => sum + treeBytes(child), Number(kibibytes) * 1024);
}

/** The system knows the children of each thread. */
function childrenOf(pid: number | string): string[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // It has just ended, this is not Linux, or Deno was not allowed to look.
  }
  return threads.flatMap((thread) =>
    readProc(`${pid}/task/${thread}/children`).split(" ").filter((child) => child !== "")
  );
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return "";
  }
}
