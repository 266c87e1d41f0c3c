import type { ClientProcess } from "./client_process.ts";
import type { NodeProcess } from "./node_process.ts";
import type { SchedulerProcess } from "./scheduler_process.ts";
import type { World } from "./world.ts";

/** What befalls the processes and their connections, until the faults stop. */
export class Faults {
  readonly #world: World;
  readonly #scheduler: SchedulerProcess;
  readonly #nodes: readonly NodeProcess[];
  readonly #clients: readonly ClientProcess[];
  readonly #print: ((line: string) => void) | undefined;
  /** The longest time from a fault to the next result. */
  maxRecoveryMs = 0;

  constructor(
    world: World,
    scheduler: SchedulerProcess,
    nodes: readonly NodeProcess[],
    clients: readonly ClientProcess[],
    print?: (line: string) => void,
  ) {
    this.#world = world;
    this.#scheduler = scheduler;
    this.#nodes = nodes;
    this.#clients = clients;
    this.#print = print;
  }

  /** Plans the next fault, and so all of them. */
  plan(): void {
    const { clock, random, options } = this.#world;
    if (options.meanBetweenFaultsMs === Infinity) return;
    const atMs = clock.nowMs + 2 * random() * options.meanBetweenFaultsMs;
    if (atMs >= options.faultsEndMs) return;
    clock.at(atMs, () => {
      this.#strike();
      this.plan();
    });
  }

  #strike(): void {
    const { random } = this.#world;
    const drawn = random();
    if (drawn < 0.15) this.#crash("crash of scheduler", this.#scheduler);
    else if (drawn < 0.25) this.#pause("scheduler", this.#scheduler);
    else if (drawn < 0.7) this.#strikeNode(this.#one(this.#nodes));
    else this.#strikeClient(this.#one(this.#clients));
  }

  #strikeNode(node: NodeProcess | undefined): void {
    const { random, options } = this.#world;
    if (node === undefined || !node.alive) return;
    const drawn = random();
    if (drawn < 0.35) this.#crash("crash of node", node);
    else if (drawn < 0.7) this.#cutOff("node", node);
    else if (drawn < 0.85) this.#pause("node", node);
    else if (drawn < 0.93) {
      this.#note("slots");
      node.tell({ type: "slots", slots: Math.floor(random() * 4) });
      node.later(random() * options.lostMs, () => node.tell({ type: "slots", slots: 2 }));
    } else {
      this.#note("drain");
      node.tell({ type: "drain" });
    }
  }

  #strikeClient(client: ClientProcess | undefined): void {
    if (client === undefined || !client.alive) return;
    const drawn = this.#world.random();
    if (drawn < 0.4) this.#crash("crash of client", client);
    else if (drawn < 0.8) this.#cutOff("client", client);
    else this.#pause("client", client);
  }

  #crash(what: string, process: { alive: boolean; die(): void; begin(): void }): void {
    if (!process.alive) return;
    this.#note(what);
    process.die();
    const { clock } = this.#world;
    clock.at(clock.nowMs + this.#duration(), () => {
      if (!process.alive) process.begin();
    });
  }

  #cutOff(what: string, process: { cutOff(forMs: number): void }): void {
    this.#note(`partition of ${what}`);
    process.cutOff(this.#duration());
  }

  #pause(what: string, process: { pause(forMs: number): void }): void {
    this.#note(`pause of ${what}`);
    process.pause(this.#duration());
  }

  /** Shorter or longer than what makes a node lost. */
  #duration(): number {
    const { random, options: { lostMs } } = this.#world;
    const drawn = random();
    if (drawn < 0.4) return random() * 0.3 * lostMs;
    return drawn < 0.8 ? (0.3 + random() * 0.5) * lostMs : random() * 2.5 * lostMs;
  }

  #one<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.#world.random() * from.length)];
  }

  #note(what: string): void {
    const { clock, ledger } = this.#world;
    ledger.count(what);
    this.#print?.(`${clock.nowMs.toFixed(3)} ${what}`);
    const sinceMs = clock.nowMs;
    ledger.onNextDelivery(() => {
      this.maxRecoveryMs = Math.max(this.maxRecoveryMs, clock.nowMs - sinceMs);
    });
  }
}
