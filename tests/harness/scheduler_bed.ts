import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection, ListenOptions, Peer } from "../../lib/net/types.ts";
import { createLogger } from "../../lib/platform/logger.ts";
import { type DaemonOptions, SchedulerDaemon } from "../../lib/scheduler/daemon.ts";
import { connectInMemory } from "./memory_connection.ts";
import { TestClient, type TestClientOptions } from "./scheduler_client.ts";
import { TestNode, type TestNodeOptions } from "./scheduler_node.ts";

const schedulerPeer: Partial<Peer> = { role: "scheduler", name: "scheduler" };

/** A scheduler daemon without a network, which a test may stop and start again on its journal. */
export class SchedulerBed implements AsyncDisposable {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), "muster-scheduler-")));
  readonly lines: string[] = [];
  readonly #options: Partial<DaemonOptions>;
  #daemon: SchedulerDaemon | undefined;
  #listening: ListenOptions | undefined;
  #open: Connection[] = [];

  /** @param options Where they are not as usual. */
  constructor(options: Partial<DaemonOptions> = {}) {
    this.#options = options;
  }

  get daemon(): SchedulerDaemon {
    if (this.#daemon === undefined) throw new Error("Cannot use the daemon: it is not started");
    return this.#daemon;
  }

  async start(): Promise<void> {
    this.#daemon = await SchedulerDaemon.start({
      name: "scheduler",
      hosts: [],
      port: 0,
      policy: "fair",
      durability: "memory",
      folder: join(this.folder, "journal"),
      resultExpiryMs: 3_600_000,
      maxJobsPerClient: undefined,
      lostMs: 9_000,
      maxOpenJobs: 1_000_000,
      identity: noIdentity,
      keys: noKeys,
      authorize: () => undefined,
      listen: (options) => {
        this.#listening = options;
        const close = () => {
          for (const connection of this.#open.splice(0)) void connection.close();
          return Promise.resolve();
        };
        const add = () => Promise.reject(new Error("Cannot listen"));
        return Promise.resolve({ addresses: [], recheck: () => {}, add, close });
      },
      log: createLogger("debug", (line) => this.lines.push(line)),
      ...this.#options,
    });
  }

  async stop(): Promise<void> {
    await this.daemon.stop();
    this.#daemon = undefined;
  }

  /** Connects whoever gives itself out as that peer; gives its end. */
  connect(peer: Partial<Peer>): Connection {
    const [theirs, ours] = connectInMemory(schedulerPeer, peer);
    this.#open.push(ours);
    this.#listening?.onConnection(ours);
    return theirs;
  }

  client(options: TestClientOptions = {}, peer: Partial<Peer> = {}): TestClient {
    const client = new TestClient(options);
    client.connect(this.connect({ role: "client", name: "client", ...peer }));
    return client;
  }

  node(options: TestNodeOptions = {}, peer: Partial<Peer> = {}): TestNode {
    const node = new TestNode(options);
    node.connect(this.connect({ role: "node", name: "node", ...peer }));
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const noBytes = new Uint8Array(32);
const noIdentity: DaemonOptions["identity"] = {
  hostSecretKey: noBytes,
  hostKey: noBytes,
  fingerprint: "0000",
  instanceId: new Uint8Array(16),
};
const noKeys: DaemonOptions["keys"] = {
  secrets: [{ discoveryKey: noBytes, nodePsk: noBytes, clientPsk: noBytes }],
  fingerprint: "0000",
  source: "nowhere",
};
