// deno-lint-ignore-file no-console -- it prints a report
// Parses every JavaScript file of installed npm packages on all cores, prints a table of the biggest ones, and tells how
// much faster that was than on one core.
//
//   npm run demo                     the packages that this repository has installed
//   npm run demo -- some/folder      any other folder
import { readdirSync, statSync } from "node:fs";
import process from "node:process";
import { styleText } from "node:util";
import { JobCluster } from "../mod.ts";
import measureFile, { type FileMeasure } from "./measure_file.ts";

const shownFiles = 15;

/** What a run found, and what it could not parse. */
type Run = {
  readonly measures: FileMeasure[];
  readonly failures: string[];
  readonly elapsedMs: number;
};

/** Biggest first: a long job that begins last keeps one core busy while the others have nothing left. */
function findFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.[cm]?js$/.test(name))
    .map((name) => ({ path: `${folder}/${name}`, bytes: statSync(`${folder}/${name}`).size }))
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ path }) => path);
}

async function measure(files: readonly string[], workers: number | undefined): Promise<Run> {
  await using cluster = await JobCluster.create(measureFile, {
    module: new URL("./measure_file.ts", import.meta.url).href,
    ...(workers !== undefined && { local: workers }),
  });
  const startedAtMs = performance.now();
  const measures: FileMeasure[] = [];
  const failures: string[] = [];
  for await (const { job } of cluster.mapJobs(files)) {
    if (job.error === undefined) measures.push(job.result as FileMeasure);
    else failures.push(`${job.input[0]}: ${job.error.message}`);
  }
  return { measures, failures, elapsedMs: performance.now() - startedAtMs };
}

function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

function printTable(run: Run, folder: string): void {
  const rows = run.measures.slice(0, shownFiles).map(({ path, bytes, functions, longest }) => [
    path.slice(folder.length + 1),
    count(bytes),
    count(functions),
    `${longest.name} (${count(longest.lines)} lines, at ${longest.line})`,
  ]);
  const table = [["file", "bytes", "functions", "longest function"], ...rows];
  const widths = table[0]?.map((_cell, at) =>
    Math.max(...table.map((row) => row[at]?.length ?? 0))
  );
  for (const [index, row] of table.entries()) {
    const cells = row.map((cell, at) => {
      const width = widths?.[at] ?? 0;
      return at === 1 || at === 2 ? cell.padStart(width) : cell.padEnd(width);
    });
    const line = cells.join("  ").trimEnd();
    console.log(index === 0 && process.stdout.isTTY ? styleText("bold", line) : line);
  }
}

function printTotals(run: Run): void {
  const bytes = run.measures.reduce((sum, file) => sum + file.bytes, 0);
  const functions = run.measures.reduce((sum, file) => sum + file.functions, 0);
  const files = count(run.measures.length);
  console.log(`\n${files} files, ${(bytes / 1e6).toFixed(1)} MB, ${count(functions)} functions`);
  for (const failure of run.failures) console.log(`not parsed: ${failure}`);
}

if (import.meta.main) {
  const folder = process.argv[2] ?? "node_modules";
  const files = findFiles(folder);
  const alone = await measure(files, 1);
  const together = await measure(files, undefined);
  printTable(together, folder);
  printTotals(together);
  const seconds = (run: Run): string => (run.elapsedMs / 1000).toFixed(2);
  const speedUp = (alone.elapsedMs / together.elapsedMs).toFixed(2);
  console.log(
    `1 worker ${seconds(alone)} s, all cores ${seconds(together)} s: ${speedUp} times as fast`,
  );
}
