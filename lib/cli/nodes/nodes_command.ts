import process from "node:process";
import { setTimeout } from "node:timers/promises";
import type { NodeReading } from "../../client/node_probe.ts";
import { NodeSurvey } from "../../client/node_survey.ts";
import { exitCodes } from "../exit_codes.ts";
import { exitCodeOf, onInterrupt } from "../interrupt.ts";
import { stripControls } from "../output/plain_text.ts";
import type { NodesRequest } from "./nodes_options.ts";
import { nodeJson, renderNodes } from "./nodes_table.ts";

const watchMs = 2_000;
/** Clears a terminal and goes to its first line. */
const clearScreen = "\u001b[2J\u001b[H";

/**
 * `muster nodes`: lists the nodes that can be found.
 *
 * @returns The exit code.
 * @throws {UsageError} When there is no secret.
 */
export async function runNodesCommand(request: NodesRequest): Promise<number> {
  const stopped = new AbortController();
  using interrupt = onInterrupt(() => stopped.abort());
  const survey = await NodeSurvey.start({
    ...request,
    onProblem: (message) => process.stderr.write(`muster: ${stripControls(message)}\n`),
  });
  let found = 0;
  await interruptible(survey.settled(), stopped.signal);
  while (!stopped.signal.aborted) {
    const readings = await survey.read();
    found = readings.length;
    show(readings, request);
    if (!request.watch) break;
    await setTimeout(watchMs, undefined, { signal: stopped.signal }).catch(() => {});
  }
  await survey.close();
  if (interrupt.signal !== undefined) return exitCodeOf(interrupt.signal);
  if (found > 0) return exitCodes.ok;
  process.stderr.write(
    'muster: no node was found; start "muster node" on other hosts, or see what "muster doctor" says\n',
  );
  return exitCodes.unreachable;
}

function show(readings: readonly NodeReading[], { json, watch }: NodesRequest): void {
  if (json) return void process.stdout.write(`${JSON.stringify(readings.map(nodeJson))}\n`);
  if (watch && process.stdout.isTTY) process.stdout.write(clearScreen);
  if (readings.length > 0 || watch) process.stdout.write(renderNodes(readings));
  if (watch && !process.stdout.isTTY) process.stdout.write("\n");
}

async function interruptible(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: interrupted, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  if (!signal.aborted) await Promise.race([work, interrupted]);
}
