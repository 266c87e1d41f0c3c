import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { dial } from "../../lib/net/dial.ts";
import { loadIdentity, loadKeys } from "../../lib/net/keys.ts";
import type { Connection } from "../../lib/net/types.ts";
import { median } from "../figures/figure.ts";
import type { Entry } from "../figures/rounds.ts";
import type { RawRequest } from "../peers/raw_worker.ts";
import type { OpenRemote, RemoteTask } from "./contender.ts";

const batchSize = 64;

/**
 * The same encrypted connection to a process that hands each message to the next of its Workers: batches of jobs there,
 * batches of results back, and nothing that a scheduler is for.
 */
export function raw(task: RemoteTask, workers: number): Entry<OpenRemote> {
  return {
    name: `raw prototype, ${batchSize} a message`,
    side: "raw",
    open: () => open(task, workers),
  };
}

async function open(task: RemoteTask, workers: number): Promise<OpenRemote> {
  const module = fileURLToPath(new URL("../children/raw_node.ts", import.meta.url));
  const flags = process.versions["bun"] === undefined ? ["run", "--quiet", "--allow-all"] : [];
  const child = spawn(process.execPath, [...flags, module, String(workers)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  const connection = await dial({
    host: "127.0.0.1",
    port: Number(line),
    role: "client",
    name: "bench",
    identity: await loadIdentity(),
    keys: await loadKeys({ bind: ["127.0.0.1"] }),
  });
  const client = new RawClient(connection, task);
  return {
    isSlow: false,
    allMs: (values) => client.allMs(values),
    singleMs: (calls) => client.singleMs(calls),
    async close() {
      await connection.close();
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

class RawClient {
  readonly #connection: Connection;
  readonly #task: RemoteTask;
  #open = 0;
  #allDone = (): void => {};

  constructor(connection: Connection, task: RemoteTask) {
    this.#connection = connection;
    this.#task = task;
    connection.onMessage = (bytes) => {
      const answer = JSON.parse(new TextDecoder().decode(bytes)) as number[];
      this.#open -= answer.length / 2;
      if (this.#open === 0) this.#allDone();
    };
  }

  async allMs(values: readonly number[]): Promise<number> {
    const startMs = performance.now();
    const done = new Promise<void>((resolve) => this.#allDone = resolve);
    for (let start = 0; start < values.length; start += batchSize) {
      const body = values.slice(start, start + batchSize).flatMap((
        value,
        at,
      ) => [start + at, value]);
      this.#send(body);
    }
    await done;
    return performance.now() - startMs;
  }

  async singleMs(calls: number): Promise<number> {
    const timesMs: number[] = [];
    for (let call = 0; call < calls; call += 1) timesMs.push(await this.allMs([call]));
    return median(timesMs);
  }

  #send(body: number[]): void {
    this.#open += body.length / 2;
    const request: RawRequest = { task: this.#task, body };
    this.#connection.send(new TextEncoder().encode(JSON.stringify(request)));
  }
}
