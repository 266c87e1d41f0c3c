/** How jobs ended, many at once. */
import type { JobId, NodeId } from "../proto/ids.ts";
import type { JobResult } from "../proto/scheduler_messages.ts";
import type { BatchReader, BatchWriter } from "./batch.ts";
import { asDuration, asText, asUint } from "./batch_items.ts";
import { detailOf, endingCount, endingNumber, endingOf } from "./endings.ts";
import { at, maxNodeIdBytes } from "./scheduler_parts.ts";

/** How many columns {@link addResults} adds. */
export const resultColumns = 9;

/** Adds results. The names of nodes are said once, and which of them a job had from 1; 0 is none. */
export function addResults(batch: BatchWriter, results: readonly JobResult[]): void {
  const nodes = new Map<NodeId, number>();
  const nodeNumbers = results.map(({ node }) => {
    if (node === undefined) return 0;
    const number = nodes.get(node) ?? nodes.size + 1;
    nodes.set(node, number);
    return number;
  });
  batch.addIds(results.map(({ job }) => job));
  batch.addNumbers(results.map(({ number }) => number));
  batch.addEach(results.map(({ ending }) => endingNumber(ending)));
  batch.add([...nodes.keys()]);
  batch.addEach(nodeNumbers);
  batch.addEach(results.map(({ attempt }) => attempt));
  batch.addEach(results.map(({ runMs }) => runMs));
  batch.addPacked(results.map(({ ending }) => detailOf(ending)));
}

/** Reads what {@link addResults} added. */
export function readResults(batch: BatchReader): JobResult[] {
  const jobs = batch.ids<JobId>();
  const count = jobs.length;
  const numbers = batch.numbers(count);
  const endings = batch.each(count, asUint(endingCount - 1));
  const nodes = [undefined, ...batch.list(asText(maxNodeIdBytes))] as (NodeId | undefined)[];
  const nodeNumbers = batch.each(count, asUint(nodes.length - 1));
  const attempts = batch.each(count, asUint());
  const runMs = batch.each(count, asDuration);
  const details = batch.optionalPacked(count);
  return jobs.map((job, index): JobResult => ({
    job,
    number: at(numbers, index),
    ending: endingOf(at(endings, index), details[index]),
    node: nodes[at(nodeNumbers, index)],
    attempt: at(attempts, index),
    runMs: at(runMs, index),
  }));
}
