import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { NodeProcess } from "../remote/node_process.ts";
import { type Bench, type Figure, median } from "./figure.ts";

const system = process.platform === "win32" ? "windows" : process.platform;
const suffix = process.platform === "win32" ? ".exe" : "";
const name = `muster-${system}-${process.arch}${suffix}`;
const binary = fileURLToPath(new URL(`../../build/${name}`, import.meta.url));
const command = ["map", "x.ts#noop", "1"];

/** From starting the executable to its first result, in a folder with nothing but one TypeScript file. */
export function binaryStart(bench: Bench): Promise<Figure> {
  const title = "Start of the executable to its first result";
  return startFigure(bench, "start", title, 150, () => startTimesMs(bench, command));
}

/** The same on a node that runs already, for a client that is new to it. */
export function remoteStart(bench: Bench): Promise<Figure> {
  const title = "Start of the executable to its first result from a running node";
  return startFigure(bench, "remote-start", title, 250, async () => {
    const node = await NodeProcess.start(2, [binary]);
    try {
      return await startTimesMs(bench, [...command, "--nodes", node.address, "--no-local"]);
    } finally {
      await node.stop();
    }
  });
}

async function startFigure(
  { scale }: Bench,
  id: string,
  title: string,
  wantedMs: number,
  measure: () => Promise<number[]>,
): Promise<Figure> {
  const method = `muster ${command.join(" ")}, median of ${scale.rounds(starts.rounds)} starts ` +
    `after ${scale.warmups(starts.warmups)} to warm up`;
  const figure: Figure = { id, title, method, unit: "ms", rows: [], checks: [], skipped: [] };
  if (!existsSync(binary)) {
    return { ...figure, skipped: [{ name, why: "it is not built: npm run build" }] };
  }
  const times = await measure();
  const value = median(times);
  return {
    ...figure,
    rows: [{ name, side: "muster", value, rounds: times }],
    checks: [{ claim: "start to first result", value, unit: "ms", atMost: wantedMs }],
  };
}

const starts = { warmups: 2, rounds: 11 } as const;

async function startTimesMs({ scale }: Bench, args: readonly string[]): Promise<number[]> {
  const warmups = scale.warmups(starts.warmups);
  const rounds = scale.rounds(starts.rounds);
  const folder = mkdtempSync(`${tmpdir()}/muster-bench-`);
  try {
    copyFileSync(new URL("../tasks.ts", import.meta.url), `${folder}/x.ts`);
    const times: number[] = [];
    for (let round = -warmups; round < rounds; round += 1) {
      const timeMs = await firstResultMs(args, folder);
      if (round >= 0) times.push(timeMs);
    }
    return times;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function firstResultMs(args: readonly string[], cwd: string): Promise<number> {
  const startMs = performance.now();
  const child = spawn(binary, args, {
    cwd,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let firstMs: number | undefined;
  let output = "";
  child.stdout.on("data", (chunk: Uint8Array) => {
    firstMs ??= performance.now() - startMs;
    output += new TextDecoder().decode(chunk);
  });
  await once(child, "close");
  if (firstMs === undefined || !/^"?1"?\n$/.test(output)) {
    throw new Error(`Cannot time a start that prints ${JSON.stringify(output)}`);
  }
  return firstMs;
}
