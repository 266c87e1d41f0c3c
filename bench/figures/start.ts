import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Bench, type Figure, median } from "./figure.ts";

const wantedMs = 150;

/** From starting the executable to its first result, in a folder with nothing but one TypeScript file. */
export async function binaryStart({ scale }: Bench): Promise<Figure> {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const suffix = process.platform === "win32" ? ".exe" : "";
  const name = `muster-${system}-${process.arch}${suffix}`;
  const binary = fileURLToPath(new URL(`../../build/${name}`, import.meta.url));
  const warmups = scale.warmups(2);
  const rounds = scale.rounds(11);
  const figure: Figure = {
    id: "start",
    title: "Start of the executable to its first result",
    method: `muster map x.ts#noop 1, median of ${rounds} starts after ${warmups} to warm up`,
    unit: "ms",
    rows: [],
    checks: [],
    skipped: [],
  };
  if (!existsSync(binary)) {
    return { ...figure, skipped: [{ name, why: "it is not built: npm run build" }] };
  }
  const times = await startTimesMs(binary, warmups, rounds);
  const value = median(times);
  return {
    ...figure,
    rows: [{ name, side: "muster", value, rounds: times }],
    checks: [{ claim: "start to first result", value, unit: "ms", atMost: wantedMs }],
  };
}

async function startTimesMs(binary: string, warmups: number, rounds: number): Promise<number[]> {
  const folder = mkdtempSync(`${tmpdir()}/muster-bench-`);
  try {
    copyFileSync(new URL("../tasks.ts", import.meta.url), `${folder}/x.ts`);
    const times: number[] = [];
    for (let round = -warmups; round < rounds; round += 1) {
      const timeMs = await firstResultMs(binary, folder);
      if (round >= 0) times.push(timeMs);
    }
    return times;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function firstResultMs(binary: string, cwd: string): Promise<number> {
  const startMs = performance.now();
  const child = spawn(binary, ["map", "x.ts#noop", "1"], {
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
