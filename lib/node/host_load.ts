import { cpus, freemem, loadavg, totalmem } from "node:os";
import type { HostLoad } from "../proto/node_messages.ts";

/** How often the use of the processors is measured. */
const measureMs = 2_000;

type CpuTimes = { readonly idleMs: number; readonly totalMs: number };

/** Measures how busy this host is, with all that runs on it. */
export class HostLoadMeter implements Disposable {
  readonly #timer = setInterval(() => this.#measure(), measureMs);
  #last = cpuTimes();
  #freeCpu = guessFreeCpu();

  constructor() {
    this.#timer.unref();
  }

  /** The processors over the last two seconds, memory at this moment. */
  read(): HostLoad {
    return {
      freeCpu: this.#freeCpu,
      freeMemoryBytes: freemem(),
      totalMemoryBytes: totalmem(),
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #measure(): void {
    const now = cpuTimes();
    const elapsedMs = now.totalMs - this.#last.totalMs;
    if (elapsedMs <= 0) return;
    this.#freeCpu = clamp((now.idleMs - this.#last.idleMs) / elapsedMs);
    this.#last = now;
  }
}

function cpuTimes(): CpuTimes {
  let idleMs = 0;
  let totalMs = 0;
  for (const { times } of cpus()) {
    idleMs += times.idle;
    totalMs += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idleMs, totalMs };
}

/** Before there are two measurements: from how many programs wanted to run in the last minute. */
function guessFreeCpu(): number {
  return clamp(1 - (loadavg()[0] ?? 0) / cpus().length);
}

function clamp(part: number): number {
  return Math.min(1, Math.max(0, part));
}
