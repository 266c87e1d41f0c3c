// A thread of `npm run sim`: runs the seeds it is told to, and sends back what they add up to.
import { parentPort } from "node:worker_threads";
import { simulateClusters } from "./cluster_tally.ts";

parentPort?.on("message", ({ firstSeed, seeds }: { firstSeed: number; seeds: number }) => {
  parentPort?.postMessage(simulateClusters(firstSeed, seeds));
});
