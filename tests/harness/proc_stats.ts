import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks a second, as `/proc` counts CPU time: 100 on every Linux of today. */
const ticksPerSecond = 100;

type Stat = { readonly pid: number; readonly parent: number; readonly cpuTicks: number };

/** What `/proc` says of one process; undefined when it is gone. */
function statOf(pid: number): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // After the command's name, which may hold anything: state, parent, …, user and system time.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { pid, parent: Number(fields[1]), cpuTicks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}

/** A process and all that it started, as far as they live. */
export function familyOf(pid: number): number[] {
  const stats = readdirSync("/proc").filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name))).filter((stat) => stat !== undefined);
  const family = new Set([pid]);
  for (let before = 0; before < family.size;) {
    before = family.size;
    for (const stat of stats) if (family.has(stat.parent)) family.add(stat.pid);
  }
  return stats.filter((stat) => family.has(stat.pid)).map((stat) => stat.pid);
}

/** CPU time that a process and all that it started have used so far, in milliseconds. */
export function familyCpuMs(pid: number): number {
  const ticks = familyOf(pid).map((member) => statOf(member)?.cpuTicks ?? 0);
  return ticks.reduce((sum, each) => sum + each, 0) * 1000 / ticksPerSecond;
}

/** The most memory that a process has held so far, in kilobytes; undefined when it is gone. */
export function peakMemoryKb(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return peak === undefined ? undefined : Number(peak);
  } catch {
    return undefined;
  }
}

/** Processes that a process has started itself, as far as they live. */
export function childrenOf(pid: number): number[] {
  return familyOf(pid).filter((member) => statOf(member)?.parent === pid);
}
