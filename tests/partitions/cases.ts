import type { LabHost } from "../harness/namespaces.ts";

/** Where faults are made. */
export type Hosts = {
  readonly scheduler: LabHost;
  /** The first of the nodes. */
  readonly node: LabHost;
  readonly client: LabHost;
  readonly all: readonly LabHost[];
};

/** A fault of the network. */
export type Case = {
  readonly name: string;
  readonly faultMs: number;
  readonly begin: (hosts: Hosts) => void;
  readonly end: (hosts: Hosts) => void;
};

/** A node that was silent for longer has lost its leases. */
const shortMs = 5_000;
const longMs = 60_000;
/** Long enough for connections to be given up. */
const middleMs = 20_000;

const healAll = ({ all }: Hosts): void => {
  for (const host of all) host.heal();
};

/** One host is cut off from all others. */
function cut(victim: "scheduler" | "node" | "client", faultMs: number): Case {
  return {
    name: `${victim}-cut-off-${faultMs / 1000}s`,
    faultMs,
    begin: (hosts) => hosts[victim].cutOff(),
    end: (hosts) => hosts[victim].heal(),
  };
}

/** Every host loses some of the packets that come to it. */
function loss(percent: number): Case {
  return {
    name: `loss-${percent}`,
    faultMs: middleMs,
    begin: ({ all }) => {
      for (const host of all) host.loseIncoming(percent);
    },
    end: healAll,
  };
}

const link = "eth0";

/** What `npm run partitions` does. */
export const cases: readonly Case[] = [
  cut("node", shortMs),
  cut("node", longMs),
  cut("client", shortMs),
  cut("client", longMs),
  cut("scheduler", shortMs),
  cut("scheduler", longMs),
  {
    name: "node-hears-nothing",
    faultMs: middleMs,
    begin: ({ node, scheduler }) => node.loseIncoming(100, scheduler.address),
    end: ({ node }) => node.heal(),
  },
  {
    name: "node-is-not-heard",
    faultMs: middleMs,
    begin: ({ node, scheduler }) => node.loseOutgoing(scheduler.address),
    end: ({ node }) => node.heal(),
  },
  {
    name: "client-is-not-heard",
    faultMs: middleMs,
    begin: ({ client, scheduler }) => client.loseOutgoing(scheduler.address),
    end: ({ client }) => client.heal(),
  },
  loss(10),
  loss(30),
  {
    name: "node-address-back",
    faultMs: shortMs,
    begin: ({ node }) => node.removeAddress(link, `${node.address}/24`),
    end: ({ node }) => node.addAddress(link, `${node.address}/24`),
  },
  {
    name: "node-address-other",
    faultMs: shortMs,
    begin: ({ node }) => node.removeAddress(link, `${node.address}/24`),
    end: ({ node }) => node.addAddress(link, "10.77.1.77/24"),
  },
];

const shortNames: ReadonlySet<string> = new Set([
  "node-cut-off-5s",
  "client-cut-off-5s",
  "node-address-back",
]);

/** Those for which the tests have time. */
export const shortCases: readonly Case[] = cases.filter(({ name }) => shortNames.has(name));
