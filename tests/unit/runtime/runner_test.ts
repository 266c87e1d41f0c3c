import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ResultBatch, RunnerMessage, TaskResult } from "../../../lib/proto/executor.ts";
import { minParcelLength, seqSpace } from "../../../lib/proto/executor.ts";
import { Claims } from "../../../lib/runtime/claims.ts";
import { MemoryOutput } from "../../../lib/runtime/memory_output.ts";
import { Runner } from "../../../lib/runtime/runner.ts";
import { packValue, unpackValue } from "../../../lib/wire/value.ts";

type Outcome = { readonly seq: number; readonly ok: boolean; readonly value: unknown };

/** A runner in a test, with what it has sent. */
class Bench {
  readonly claims = new Claims();
  readonly messages: RunnerMessage[] = [];
  readonly stray: string[] = [];
  readonly output = new MemoryOutput((text) => this.stray.push(text));
  readonly runner: Runner;
  #told: (() => void) | undefined;

  constructor(job: (...args: never[]) => unknown) {
    const run = job as (...args: unknown[]) => unknown;
    this.runner = new Runner(run, this.claims, this.output, {
      post: (message) => {
        this.messages.push(message);
        this.#told?.();
      },
    });
  }

  get outcomes(): Outcome[] {
    return this.messages.flatMap((message) => outcomesOf(message as ResultBatch));
  }

  async until(count: number): Promise<Outcome[]> {
    while (this.outcomes.length < count) await new Promise<void>((told) => this.#told = told);
    return this.outcomes;
  }
}

/** Has earlier tasks pass through the cell that is this task's. */
function useCell(claims: Claims, seq: number): void {
  for (
    let at = seq % Claims.capacity;
    at < seqSpace - Claims.capacity;
    at += 1000 * Claims.capacity
  ) {
    claims.withdraw(at);
  }
}

function outcomesOf(batch: ResultBatch): Outcome[] {
  if (typeof batch !== "string") {
    return batch.results.map(({ seq, ok, value }: TaskResult) => ({
      seq,
      ok,
      value: unpackValue(value),
    }));
  }
  const parts = JSON.parse(batch) as unknown[];
  const found: Outcome[] = [];
  for (let at = 0; at < parts.length; at += 3) {
    found.push({ seq: parts[at] as number, ok: true, value: parts[at + 2] });
  }
  return found;
}

describe("Runner", () => {
  it("runs tasks in their order, plain and packed, also over the end of the numbers", async () => {
    const bench = new Bench((a: number, b = 0) => a + b);
    // As if all the numbers before had been used.
    for (const seq of [seqSpace - 2, seqSpace - 1, 0, 1, 2]) useCell(bench.claims, seq);
    bench.runner.accept(`[${seqSpace - 2},[1],[2,3],[4]]`);
    bench.runner.accept({ type: "tasks", first: 1, args: ["[5]", packValue([6, undefined])] });
    const outcomes = await bench.until(5);
    assert.deepEqual(outcomes.map(({ seq, value }) => [seq, value]), [
      [seqSpace - 2, 1],
      [seqSpace - 1, 5],
      [0, 4],
      [1, 5],
      [2, 6],
    ]);
  });

  it("sends results of short jobs together, and the first one soon", async () => {
    const bench = new Bench((n: number) => n);
    bench.runner.accept(`[0,${Array.from({ length: 5000 }, (_, n) => `[${n}]`).join()}]`);
    await bench.until(5000);
    assert.ok(bench.messages.length < 500, `${bench.messages.length} messages for 5000 results`);
  });

  it("sends a long text beside the others, not inside their text", async () => {
    const bench = new Bench((length: number) => "x".repeat(length));
    bench.runner.accept(`[0,[3],[${minParcelLength}]]`);
    const outcomes = await bench.until(2);
    assert.deepEqual(outcomes.map(({ value }) => String(value).length), [3, minParcelLength]);
    const texts = bench.messages.filter((message) => typeof message === "string");
    assert.ok(texts.every((text) => text.length < minParcelLength));
  });

  it("sends the result of a long job before it begins the next", async () => {
    let sent = -1;
    const bench: Bench = new Bench((n: number) => {
      if (n === 1) sent = bench.outcomes.length;
      const end = performance.now() + 5;
      while (performance.now() < end);
      return n;
    });
    bench.runner.accept("[0,[0],[1],[2]]");
    await bench.until(3);
    assert.equal(sent, 1);
  });

  it("sends what has ended while a job waits", async () => {
    const gate = Promise.withResolvers<string>();
    const bench = new Bench((n: number) => n === 2 ? gate.promise : n);
    bench.runner.accept("[0,[0],[1],[2],[3]]");
    assert.deepEqual((await bench.until(2)).map(({ value }) => value), [0, 1]);
    assert.equal(bench.claims.running()?.seq, 2);
    gate.resolve("opened");
    assert.deepEqual((await bench.until(4)).map(({ value }) => value), [0, 1, "opened", 3]);
    assert.equal(bench.claims.running(), undefined);
  });

  it("passes over what the host took back", async () => {
    const ran: number[] = [];
    const bench = new Bench((n: number) => ran.push(n));
    bench.claims.withdraw(1);
    bench.runner.accept("[0,[10],[11],[12]]");
    await bench.until(2);
    assert.deepEqual(ran, [10, 12]);
  });

  it("gives each job what was printed while it ran", async () => {
    const bench: Bench = new Bench(async (n: number) => {
      bench.output.sink("stdout", `${n} begins\n`);
      if (n === 1) await new Promise((resolve) => setTimeout(resolve, 5));
      bench.output.sink("stderr", `${n} ends\n`);
    });
    bench.output.sink("stdout", "before");
    bench.runner.accept("[0,[0],[1],[2]]");
    await bench.until(3);
    bench.output.sink("stdout", "after");
    const printed = bench.messages.flatMap((message) =>
      typeof message === "object" && message.type === "results" ? message.results : []
    ).map(({ stdout, stderr }) => [stdout, stderr]);
    assert.deepEqual(printed, [0, 1, 2].map((n) => [`${n} begins\n`, `${n} ends\n`]));
    assert.deepEqual(bench.stray, ["before", "after"]);
  });

  it("gives what is thrown, rejected or cannot travel as the job's failure", async () => {
    const jobs: readonly (() => unknown)[] = [
      () => {
        throw new RangeError("thrown");
      },
      () => Promise.reject(new TypeError("rejected")),
      () => () => 1,
      () => Promise.reject("text"),
      () => ({
        then: (resolve: (value: string) => void) => resolve("thenable"),
      }),
    ];
    const bench = new Bench((n: number) => jobs[n]?.());
    bench.runner.accept("[0,[0],[1],[2],[3],[4]]");
    const outcomes = await bench.until(5);
    assert.deepEqual(outcomes.map(({ ok }) => ok), [false, false, false, false, true]);
    const [thrown, rejected, refused, text, thenable] = outcomes.map(({ value }) => value);
    assert.ok(thrown instanceof RangeError && rejected instanceof TypeError);
    assert.ok(refused instanceof Error);
    assert.deepEqual([refused.name, refused.stack], [
      "UnsupportedValueError",
      `${refused.name}: ${refused.message}`,
    ]);
    assert.deepEqual([text, thenable], ["text", "thenable"]);
  });
});
