import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";

/** A network and the address that a host has on it, as `10.77.1.2/24`. */
export type Attachment = { readonly network: string; readonly address: string };

/** Whether this machine lets us make networks of our own: it needs Linux, root, iproute2 and nftables. */
export const canMakeNetworks: boolean = process.platform === "linux" && triesToMakeOne();

/**
 * Networks of our own: hosts are network namespaces, joined by bridges that are namespaces as well, so that nothing is
 * seen on the machine's real networks. All names begin with a prefix of this lab, and all is removed at its end.
 */
export class NetworkLab implements AsyncDisposable {
  /** Of this process, so that others know when it is left over; short, for names of interfaces have 15 characters. */
  readonly #prefix = `mt${process.pid.toString(36)}x${labs++}`;
  readonly #namespaces: string[] = [];
  readonly #bridges = new Map<string, string>();
  #links = 0;

  constructor() {
    removeLeftovers();
  }

  /** Adds a network. */
  addNetwork(name: string): void {
    const namespace = this.#addNamespace(`net-${name}`);
    run("ip", "-n", namespace, "link", "add", "br0", "type", "bridge");
    run("ip", "-n", namespace, "link", "set", "br0", "up");
    this.#bridges.set(name, namespace);
  }

  /**
   * Adds a host.
   *
   * @param attachments Its interfaces, named `eth0`, `eth1` and so on.
   * @param gateway Address of the router on its first network, if there is one.
   */
  addHost(name: string, attachments: readonly Attachment[], gateway?: string): LabHost {
    const namespace = this.#addNamespace(name);
    for (const [index, { network, address }] of attachments.entries()) {
      this.#attach(namespace, `eth${index}`, network);
      run("ip", "-n", namespace, "addr", "add", address, "brd", "+", "dev", `eth${index}`);
      run("ip", "-n", namespace, "link", "set", `eth${index}`, "up");
    }
    if (gateway !== undefined) {
      run("ip", "-n", namespace, "route", "add", "default", "via", gateway);
    }
    return new LabHost(name, namespace, attachments.map(({ address }) => address));
  }

  /** Adds a host that passes packets on between its networks; broadcasts stay where they are. */
  addRouter(name: string, attachments: readonly Attachment[]): LabHost {
    const router = this.addHost(name, attachments);
    setKernel(router.command([]), "net/ipv4/ip_forward", "1");
    return router;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const namespace of this.#namespaces) removeNamespace(namespace);
    await Promise.resolve();
  }

  #addNamespace(name: string): string {
    const namespace = `${this.#prefix}-${name}`;
    run("ip", "netns", "add", namespace);
    this.#namespaces.push(namespace);
    // Addresses can be used at once: nobody else has them.
    for (const scope of ["all", "default"]) {
      setKernel(["ip", "netns", "exec", namespace], `net/ipv6/conf/${scope}/accept_dad`, "0");
    }
    run("ip", "-n", namespace, "link", "set", "lo", "up");
    return namespace;
  }

  #attach(namespace: string, link: string, network: string): void {
    const bridge = this.#bridges.get(network);
    if (bridge === undefined) throw new Error(`Cannot attach a host: no network ${network}`);
    const port = `${this.#prefix}p${this.#links++}`;
    const peer = ["peer", "name", port, "netns", bridge];
    run("ip", "link", "add", link, "netns", namespace, "type", "veth", ...peer);
    run("ip", "-n", bridge, "link", "set", port, "master", "br0", "up");
  }
}

/** Packets that are dropped, in the words of nftables. */
type Rule = {
  readonly hook: "input" | "output";
  readonly which: string;
  readonly percent: number;
};

/** A host of a {@link NetworkLab}. */
export class LabHost {
  readonly name: string;
  readonly #namespace: string;
  readonly #addresses: readonly string[];

  /** Hosts are made by {@link NetworkLab.addHost}. */
  constructor(name: string, namespace: string, addresses: readonly string[]) {
    this.name = name;
    this.#namespace = namespace;
    this.#addresses = addresses;
  }

  /** Its address on its first network. */
  get address(): string {
    return this.#addresses[0]?.split("/", 1)[0] ?? "";
  }

  /** The words that run a program on it. The process that is started becomes that program. */
  command(words: readonly string[]): readonly [string, ...string[]] {
    return ["ip", "netns", "exec", this.#namespace, ...words];
  }

  /** Loses some of the packets that come in; of those from one address only, if it is named. */
  loseIncoming(percent: number, from?: string): void {
    // What the host says to itself crosses no network.
    const which = `iifname != "lo"${from === undefined ? "" : ` ip saddr ${from}`}`;
    this.#drop({ hook: "input", which, percent });
  }

  /** Loses the packets that go out to an address. */
  loseOutgoing(to: string): void {
    this.#drop({ hook: "output", which: `ip daddr ${to}`, percent: 100 });
  }

  /** Loses all packets, without a word to whoever sends them. */
  cutOff(): void {
    this.#drop(
      { hook: "input", which: 'iifname != "lo"', percent: 100 },
      { hook: "output", which: 'oifname != "lo"', percent: 100 },
    );
  }

  /** Ends all losses. */
  heal(): void {
    run(...this.command(["nft", "delete", "table", "inet", "lab"]));
  }

  /** Takes an address, as in `10.0.0.1/24`, away from an interface. */
  removeAddress(link: string, address: string): void {
    run("ip", "-n", this.#namespace, "addr", "del", address, "dev", link);
  }

  /** Gives an interface an address. */
  addAddress(link: string, address: string): void {
    run("ip", "-n", this.#namespace, "addr", "add", address, "brd", "+", "dev", link);
  }

  /** Pulls the cable of an interface, or puts it in again. */
  setLink(link: string, state: "up" | "down"): void {
    run("ip", "-n", this.#namespace, "link", "set", link, state);
  }

  /** Adds rules, all in one moment. */
  #drop(...rules: readonly Rule[]): void {
    const commands = rules.flatMap(({ hook, which, percent }) => [
      "add table inet lab",
      `add chain inet lab ${hook} { type filter hook ${hook} priority 0; }`,
      `add rule inet lab ${hook} ${which} ${
        percent >= 100 ? "" : `numgen random mod 100 < ${percent}`
      } drop`,
    ]);
    run(...this.command(["nft", commands.join("; ")]));
  }
}

let labs = 0;

/** A test that was killed could not clean up after itself. */
function removeLeftovers(): void {
  const { stdout } = spawnSync("ip", ["netns", "list"], { encoding: "utf8" });
  for (const [namespace, pid = ""] of stdout.matchAll(/^mt([0-9a-z]+)x\d+-\S+/gm)) {
    if (!existsSync(`/proc/${parseInt(pid, 36)}`)) removeNamespace(namespace);
  }
}

function removeNamespace(namespace: string): void {
  const { stdout } = spawnSync("ip", ["netns", "pids", namespace], { encoding: "utf8" });
  for (const pid of stdout.split("\n").filter(Boolean)) killQuietly(Number(pid));
  spawnSync("ip", ["netns", "del", namespace]);
}

/** Sets what the kernel does in a namespace. */
function setKernel(inside: readonly string[], name: string, value: string): void {
  const [program = "", ...args] = [...inside, "sh", "-c", `echo ${value} > /proc/sys/${name}`];
  run(program, ...args);
}

function triesToMakeOne(): boolean {
  const name = `mt-probe-${process.pid}`;
  const isMade = spawnSync("ip", ["netns", "add", name]).status === 0;
  const tables = ["netns", "exec", name, "nft", "list", "tables"];
  const isWhole = isMade && spawnSync("ip", tables).status === 0;
  if (isMade) spawnSync("ip", ["netns", "del", name]);
  return isWhole;
}

function run(...[program, ...args]: readonly [string, ...string[]]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status === 0) return;
  const why = error?.message ?? stderr.trim();
  throw new Error(`Cannot run ${[program, ...args].join(" ")}: ${why}`);
}

/** A process that has ended by itself is as good. */
function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is gone.
  }
}
