import process from "node:process";
import { removeHostFolder } from "./orphan.ts";

/** How often the host is looked for. */
const hostPollMs = 1000;

/** An executor process, and the host that it must not outlive. */
export type HostedProcess = {
  readonly hostPid: number;
  /** The host's, for this process and its like. */
  readonly folder: string;
  readonly pid: number;
};

/** Ends the process with everything its jobs started. */
export function killGroup({ pid }: HostedProcess): void {
  // The process leads its group, so this reaches whatever its jobs started.
  process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
}

/** The same when its host is gone, after which nobody else cleans up. */
export function endOrphan(hosted: HostedProcess): void {
  removeHostFolder(hosted.folder);
  killGroup(hosted);
}

/** Ends the process when its host is seen to be gone. */
export function watchHost(hosted: HostedProcess): void {
  // A socket may outlive its host: in Deno a host's listeners are open in all the processes that it started.
  setInterval(() => {
    if (process.ppid !== hosted.hostPid) endOrphan(hosted);
  }, hostPollMs);
}
