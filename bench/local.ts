// Measures muster on the cores of this machine, beside its peers and what the runtime gives by itself:
//
//   npm run bench                            both runtimes, one after the other
//   npm run bench -- --runtime deno --figure noop
//   bun bench/local.ts, deno run -A bench/local.ts      the runtime it is started with
import process from "node:process";
import { localFigures } from "./figures/mod.ts";
import { runBench } from "./run_bench.ts";

// Some peers leave threads behind that would keep the process.
process.exit(await runBench("local.ts", localFigures, process.argv.slice(2)));
