import type { SingleBar } from "cli-progress";
import { formatDuration, formatRate, groupDigits } from "./output/plain_text.ts";
import { type Paint, paintFor } from "./output/color.ts";

/** How a run gets on. Counting costs next to nothing; a timer draws, ten times a second at most. */
export type Progress = {
  /** Says how many jobs there will be, once that is known. */
  total(count: number): void;
  /** Counts jobs that have a result. @default 1 */
  done(count?: number): void;
  /** Counts jobs that ended without one. @default 1 */
  failed(count?: number): void;
  /** Writes a line above the bar; the line goes to the stream even when there is no bar. */
  log(line: string): void;
  /** Takes the bar off the terminal for a moment, before others write there. It comes back by itself. */
  pause(): void;
  /** Takes the bar away for good and gives the cursor back. To be called however the run ends. */
  stop(): void;
};

/** What the bar needs of `process.stderr`. */
export type ProgressStream = {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): boolean;
};

export type ProgressOptions = {
  readonly stream: ProgressStream;
  /** @default Whether the stream is a terminal. */
  readonly enabled?: boolean;
};

const drawIntervalMs = 100;
/** The rate is that of the last seconds: a run that begins with cached inputs would promise too much for ever. */
const rateWindowMs = 10_000;

/** A bar on a terminal; where there is none, one that does nothing, for which cli-progress is not even loaded. */
export async function createProgress(options: ProgressOptions): Promise<Progress> {
  const { stream } = options;
  if (!(options.enabled ?? stream.isTTY === true)) return silentProgress(stream);
  const { default: cliProgress } = await import("cli-progress");
  const state = new ProgressState(performance.now());
  const paint = paintFor(stream);
  const bar = new cliProgress.SingleBar({
    // It asks a stream for no more than ProgressStream has.
    stream: stream as unknown as NodeJS.WritableStream,
    // A terminal that does not know its width says 0.
    format: () => renderProgress(state, performance.now(), stream.columns || 80, paint),
    clearOnComplete: true,
    hideCursor: true,
    fps: 1000 / drawIntervalMs,
  });
  return new TerminalProgress(stream, bar, state);
}

function silentProgress(stream: ProgressStream): Progress {
  const nothing = (): void => {};
  return {
    total: nothing,
    done: nothing,
    failed: nothing,
    pause: nothing,
    stop: nothing,
    log: (line) => void stream.write(line + "\n"),
  };
}

class TerminalProgress implements Progress {
  readonly #stream: ProgressStream;
  readonly #bar: SingleBar;
  readonly #state: ProgressState;
  readonly #onExit = (): void => this.stop();
  #returnTimer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(stream: ProgressStream, bar: SingleBar, state: ProgressState) {
    this.#stream = stream;
    this.#bar = bar;
    this.#state = state;
    // Or a run that ends on its way would leave the terminal without a cursor.
    process.once("exit", this.#onExit);
    // Not at once: a run of a few milliseconds should not flash.
    this.pause();
  }

  total(count: number): void {
    this.#state.total = count;
  }

  done(count = 1): void {
    this.#state.done += count;
  }

  failed(count = 1): void {
    this.#state.failed += count;
  }

  log(line: string): void {
    this.pause();
    this.#stream.write(line + "\n");
  }

  pause(): void {
    if (this.#stopped || this.#returnTimer !== undefined) return;
    this.#bar.stop();
    this.#returnTimer = setTimeout(() => {
      this.#returnTimer = undefined;
      this.#bar.start(1, 0);
    }, drawIntervalMs);
  }

  stop(): void {
    process.off("exit", this.#onExit);
    clearTimeout(this.#returnTimer);
    this.#stopped = true;
    this.#bar.stop();
  }
}

/** The counters of a run, and how fast they moved lately. */
export class ProgressState {
  total: number | undefined;
  done = 0;
  failed = 0;
  readonly #startedAtMs: number;
  readonly #samples: { readonly atMs: number; readonly ended: number }[];

  /** @param nowMs A clock that only goes forward, in milliseconds. */
  constructor(nowMs: number) {
    this.#startedAtMs = nowMs;
    this.#samples = [{ atMs: nowMs, ended: 0 }];
  }

  get ended(): number {
    return this.done + this.failed;
  }

  elapsedMs(nowMs: number): number {
    return nowMs - this.#startedAtMs;
  }

  /** Jobs a second over the last seconds, or over the whole run while none ended lately. */
  rate(nowMs: number): number {
    this.#samples.push({ atMs: nowMs, ended: this.ended });
    while (this.#samples.length > 2 && nowMs - (this.#samples[1]?.atMs ?? nowMs) >= rateWindowMs) {
      this.#samples.shift();
    }
    const oldest = this.#samples[0];
    const recent = oldest === undefined
      ? 0
      : perSecond(this.ended - oldest.ended, nowMs - oldest.atMs);
    return recent > 0 ? recent : perSecond(this.ended, this.elapsedMs(nowMs));
  }
}

function perSecond(count: number, durationMs: number): number {
  return durationMs > 0 ? count / (durationMs / 1000) : 0;
}

/** The line that is drawn: bar, done/total, failures, rate, and the time left; without a total, the time so far. */
export function renderProgress(
  state: ProgressState,
  nowMs: number,
  columns: number,
  paint: Paint,
): string {
  const { total, ended, failed } = state;
  const rate = state.rate(nowMs);
  const parts: string[] = [];
  if (total === undefined) parts.push(`${groupDigits(ended)} done`);
  else parts.push(`${groupDigits(ended)}/${groupDigits(total)}`);
  if (failed > 0) parts.push(paint("red", `${groupDigits(failed)} failed`));
  parts.push(`${formatRate(rate)} jobs/s`);
  if (total === undefined) parts.push(formatDuration(state.elapsedMs(nowMs)));
  else if (rate > 0 && ended < total) {
    parts.push(`ETA ${formatDuration((total - ended) / rate * 1000)}`);
  }
  const text = parts.join("  ");
  if (total === undefined) return text;
  const cells = Math.min(40, columns - text.length - 4);
  return cells < 5 ? text : `${renderBar(cells, total === 0 ? 1 : ended / total, paint)}  ${text}`;
}

function renderBar(cells: number, share: number, paint: Paint): string {
  const full = Math.min(cells, Math.floor(share * cells));
  return `[${paint("green", "=".repeat(full))}${" ".repeat(cells - full)}]`;
}
