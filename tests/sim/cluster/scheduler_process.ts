import type { SchedulerEffect } from "../../../lib/core/scheduler/effects.ts";
import type { SchedulerEvent } from "../../../lib/core/scheduler/events.ts";
import { checkInvariants } from "../../../lib/core/scheduler/invariants.ts";
import { nextWakeMs, step } from "../../../lib/core/scheduler/machine.ts";
import { restore } from "../../../lib/core/scheduler/restore.ts";
import { snapshot } from "../../../lib/core/scheduler/snapshot.ts";
import { defaultShared, type SchedulerState } from "../../../lib/core/scheduler/state.ts";
import type { Link } from "../../../lib/core/shared/link.ts";
import type { NodeId, OwnerId, SchedulerId } from "../../../lib/proto/ids.ts";
import type {
  ClientToScheduler,
  NodeToScheduler,
  SchedulerToClient,
  SchedulerToNode,
} from "../../../lib/proto/scheduler_messages.ts";
import { assertNever } from "../../../lib/proto/states.ts";
import { Connection, type End } from "./connection.ts";
import { JournalModel } from "./journal_model.ts";
import { Process } from "./process.ts";
import type { World } from "./world.ts";

type AnyConnection = { break(quickly?: boolean): void };

/** The scheduler daemon: the machine, its journal, and its ends of all connections. */
export class SchedulerProcess extends Process<SchedulerEvent> {
  readonly journal = new JournalModel();
  state: SchedulerState;
  /** `stale` of the lives before. */
  stale = 0;
  readonly #links = new Map<Link, AnyConnection>();
  readonly #nodes = new Map<Link, Connection<NodeToScheduler, SchedulerToNode>>();
  readonly #clients = new Map<Link, Connection<ClientToScheduler, SchedulerToClient>>();
  #nextLink = 1;
  /** What waits for the journal to be on disk up to a position. */
  #waiting: { readonly end: number; readonly act: () => void }[] = [];
  #committing = false;

  constructor(world: World) {
    super(world, "scheduler");
    this.state = this.#restored();
  }

  #restored(): SchedulerState {
    const { seed, policy, prefetch, lostMs, graceMs, resultWindow, maxOwnerJobs } =
      this.world.options;
    const shared = { ...defaultShared, policy, lostMs, graceMs, resultWindow, maxOwnerJobs };
    return restore({ seed, prefetch, shared }, this.journal.records);
  }

  override begin(): void {
    super.begin();
    this.state = this.#restored();
    this.tell({ type: "start", scheduler: "s" as SchedulerId });
  }

  override die(): void {
    super.die();
    this.stale += this.state.counts.stale;
    this.world.ledger.schedulerDied();
    this.journal.crash(this.world.random);
    this.#waiting = [];
    this.#committing = false;
    const quickly = this.world.random() < 0.5;
    for (const connection of this.#links.values()) connection.break(quickly);
    this.#links.clear();
    this.#nodes.clear();
    this.#clients.clear();
  }

  /** A node dials. */
  acceptNode(
    node: NodeId,
    client: End<SchedulerToNode>,
  ): Connection<NodeToScheduler, SchedulerToNode> {
    const link = this.#nextLink++;
    const connection = new Connection<NodeToScheduler, SchedulerToNode>(this.world, {
      receive: (message) => this.tell({ type: "nodeSays", node, link, message }),
      broken: () => this.tell({ type: "nodeLinkDown", node, link }),
    }, client);
    this.#links.set(link, connection);
    this.#nodes.set(link, connection);
    this.tell({ type: "nodeLinkUp", node, link });
    return connection;
  }

  /** A client dials. */
  acceptClient(
    owner: OwnerId,
    client: End<SchedulerToClient>,
  ): Connection<ClientToScheduler, SchedulerToClient> {
    const link = this.#nextLink++;
    const connection = new Connection<ClientToScheduler, SchedulerToClient>(this.world, {
      receive: (message) => this.tell({ type: "clientSays", link, message }),
      broken: () => this.tell({ type: "clientDown", link }),
    }, client);
    this.#links.set(link, connection);
    this.#clients.set(link, connection);
    this.tell({ type: "clientUp", link, owner });
    return connection;
  }

  protected override nextWakeMs(): number | undefined {
    return nextWakeMs(this.state);
  }

  protected override step(events: readonly SchedulerEvent[], nowMs: number): void {
    const effects = step(this.state, events, nowMs);
    for (const effect of effects) this.#perform(effect);
    checkInvariants(this.state);
    this.#commit();
  }

  #perform(effect: SchedulerEffect): void {
    this.world.noteEffect(this.name, effect);
    switch (effect.type) {
      case "persist":
        this.world.ledger.recorded(effect.records);
        return this.journal.append(effect.records);
      case "toNode":
        this.world.ledger.toldNode(effect.message);
        return this.#when(
          effect.afterCommit,
          () => this.#nodes.get(effect.link)?.toClient(effect.message),
        );
      case "toClient":
        return this.#when(
          effect.afterCommit,
          () => this.#clients.get(effect.link)?.toClient(effect.message),
        );
      case "deliver": {
        const { cluster, jobs, link } = effect;
        return this.#when(true, () => {
          const connection = this.#clients.get(link);
          // What was acknowledged meanwhile may be gone after the journal was rewritten.
          const open = jobs.filter((job) => this.state.jobs.has(job));
          const results = open.map((job) => this.journal.settled(job));
          connection?.toClient({ type: "results", cluster, results });
        });
      }
      case "cut":
        this.#links.get(effect.link)?.break();
        return;
      case "assign":
      case "retract":
      case "stop":
      case "retry":
      case "running":
      case "settle":
        throw new Error(`a shared scheduler wants ${effect.type}`);
      default:
        assertNever(effect);
    }
  }

  #when(afterCommit: boolean, act: () => void): void {
    const { end, synced } = this.journal;
    if (!afterCommit || (synced >= end && this.#waiting.length === 0)) act();
    else this.#waiting.push({ end, act });
  }

  /** Puts on disk what is there now, for all steps since the last commit. */
  #commit(): void {
    const { random, options } = this.world;
    const { end } = this.journal;
    if (this.#committing || this.journal.synced >= end) return;
    this.#committing = true;
    this.later(random() * options.maxCommitMs, () => {
      this.#committing = false;
      this.journal.sync(end);
      this.#flush();
      if (random() < options.compactRate) this.#compact();
      this.#commit();
    });
  }

  #flush(): void {
    while ((this.#waiting[0]?.end ?? Infinity) <= this.journal.synced) this.#waiting.shift()?.act();
  }

  #compact(): void {
    this.journal.sync(this.journal.end);
    this.#flush();
    const records = [...snapshot(this.state, (job) => this.journal.settled(job))].flat();
    this.journal.replace(records);
  }
}
