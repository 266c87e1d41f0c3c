import assert from "node:assert/strict";
import { copyFileSync, mkdirSync } from "node:fs";
import { type LabHost, NetworkLab } from "./namespaces.ts";
import type { Ended, RunningProcess } from "./running_process.ts";
import type { Runner } from "./runners.ts";
import { TestBed } from "./test_bed.ts";

/** A line of `muster nodes --json`, as far as it is looked at. */
export type ListedNode = { readonly name: string; readonly address: string };

/** A bed with networks of its own, on whose hosts `muster` runs, each with its own folder of keys. */
export class LabBed extends TestBed {
  readonly lab = new NetworkLab();
  readonly #command: readonly string[];
  readonly #nodes: RunningProcess[] = [];

  constructor(runner: Runner) {
    super(runner);
    this.#command = runner.command;
  }

  /** Adds a network and hosts on it: `10.77.N.1` and so on, the router, if there is one, at `.254`. */
  addNetwork(number: number, names: readonly string[], isRouted = false): LabHost[] {
    const network = `lan${number}`;
    const gateway = isRouted ? `10.77.${number}.254` : undefined;
    this.lab.addNetwork(network);
    return names.map((name, index) => {
      const address = `10.77.${number}.${index + 1}/24`;
      return this.lab.addHost(name, [{ network, address }], gateway);
    });
  }

  /** Makes a secret and gives it to hosts. */
  async shareSecret(hosts: readonly LabHost[]): Promise<void> {
    const [first, ...others] = hosts;
    if (first === undefined) return;
    const { code, stderr } = await this.muster(["keygen"], { env: this.envOf(first) });
    assert.equal(code, 0, stderr);
    for (const host of others) {
      mkdirSync(this.homeOf(host), { mode: 0o700 });
      copyFileSync(`${this.homeOf(first)}/secret`, `${this.homeOf(host)}/secret`);
    }
  }

  homeOf(host: LabHost): string {
    return `${this.folder}/keys-${host.name}`;
  }

  envOf(host: LabHost): Record<string, string> {
    return { MUSTER_HOME: this.homeOf(host) };
  }

  /** Starts `muster` on a host. */
  startOn(
    host: LabHost,
    args: readonly string[],
    stdin: string | null = "",
    deadlineMs = 120_000,
  ): RunningProcess {
    const words = host.command([...this.#command, ...args]);
    return this.spawn(words, { env: this.envOf(host), stdin, deadlineMs });
  }

  /** Runs `muster` on a host to its end. */
  musterOn(host: LabHost, args: readonly string[]): Promise<Ended> {
    return this.startOn(host, args).ended();
  }

  /** Starts a node on each host, named as the host is, and waits until all listen. */
  async startNodes(
    hosts: readonly LabHost[],
    flags: readonly string[] = [],
    deadlineMs = 120_000,
  ): Promise<RunningProcess[]> {
    return await Promise.all(hosts.map(async (host) => {
      const args = ["node", "--name", host.name, "--cpus", "2", "--log-level", "debug", ...flags];
      const node = this.startOn(host, args, null, deadlineMs);
      this.#nodes.push(node);
      await node.until("the node listens", () => / slots on /.test(node.stderr), 60_000);
      return node;
    }));
  }

  /** Names of the nodes that `muster nodes` lists on a host. */
  async listOn(host: LabHost, flags: readonly string[] = []): Promise<string[]> {
    const { code, stdout, stderr } = await this.musterOn(host, ["nodes", "--json", ...flags]);
    const nodes = JSON.parse(stdout) as ListedNode[];
    assert.equal(code, nodes.length > 0 ? 0 : 3, stderr);
    return nodes.map(({ name }) => name);
  }

  /** Runs `muster nodes --watch` on a host until it lists these nodes. */
  async watchOn(
    host: LabHost,
    names: readonly string[],
    flags: readonly string[] = [],
  ): Promise<void> {
    const watching = this.startOn(host, ["nodes", "--json", "--watch", ...flags]);
    const isListed = (): boolean => {
      const line = watching.stdout.split("\n").at(-2) ?? "[]";
      const listed = (JSON.parse(line) as ListedNode[]).map(({ name }) => name);
      return JSON.stringify(listed) === JSON.stringify(names);
    };
    await watching.until(`${names.join(", ")} are listed on ${host.name}`, isListed, 60_000);
    watching.kill("SIGINT");
    assert.equal((await watching.ended()).code, 130);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#nodes) if (node.family.length > 0) node.kill("SIGTERM");
    await Promise.all(this.#nodes.map((node) => node.ended().catch(() => undefined)));
    await this.lab[Symbol.asyncDispose]();
    await super[Symbol.asyncDispose]();
  }
}
