// Measures muster over encrypted connections to a node on loopback, beside its peers and a raw prototype:
//
//   npm run bench:cluster                            both runtimes, one after the other
//   npm run bench:cluster -- --runtime deno --figure remote-noop
import process from "node:process";
import { detectPlatform } from "../lib/platform/mod.ts";
import { clusterFigures } from "./figures/mod.ts";
import { runBench } from "./run_bench.ts";

// The client is this process: it is set up as the README advises for very many short jobs.
detectPlatform().prepareForService();
process.exit(await runBench("cluster.ts", clusterFigures, process.argv.slice(2)));
