import type { ClusterId, JobId, OwnerId } from "../../proto/ids.ts";
import type { ClientToScheduler, SchedulerToClient } from "../../proto/scheduler_messages.ts";
import { assertNever } from "../../proto/states.ts";
import type { Link } from "../shared/link.ts";
import { closeCluster, findByName, openCluster } from "./clusters.ts";
import { cancel, withdraw } from "./jobs.ts";
import type { ClusterRecord, SharedCluster } from "./records.ts";
import { forget, resetResults, sendResults } from "./results.ts";
import { onSubmitShared } from "./submits.ts";
import type { Turn } from "./turn.ts";

type MessageOf<Type extends ClientToScheduler["type"]> = Extract<ClientToScheduler, { type: Type }>;
type Refusal = Extract<SchedulerToClient, { type: "unattached" }>["why"];

/** A client's connection is gone: its clusters go on without it. */
export function onClientDown(turn: Turn, link: Link): void {
  turn.state.clients.delete(link);
  for (const { shared } of turn.state.clusters.values()) {
    if (shared?.link === link) shared.link = undefined;
  }
}

/** A client says something. */
export function onClientSays(turn: Turn, link: Link, message: ClientToScheduler): void {
  const owner = turn.state.clients.get(link);
  if (owner === undefined) return;
  switch (message.type) {
    case "open":
      return onOpen(turn, link, owner, message);
    case "attach":
      return onAttach(turn, link, owner, message.name);
    case "close":
      return onClose(turn, link, owner, message.cluster);
    case "detach":
    case "submit":
    case "cancel":
    case "withdraw":
    case "ack": {
      const cluster = turn.state.clusters.get(message.cluster);
      // Somebody else may have it by now.
      if (cluster?.shared?.link !== link) return;
      return onClusterMessage(turn, cluster, cluster.shared, message);
    }
    default:
      assertNever(message);
  }
}

function onClusterMessage(
  turn: Turn,
  cluster: ClusterRecord,
  shared: SharedCluster,
  message: MessageOf<"detach" | "submit" | "cancel" | "withdraw" | "ack">,
): void {
  switch (message.type) {
    case "detach":
      return detach(turn, cluster, shared);
    case "submit":
      return onSubmitShared(turn, cluster, shared, message.jobs);
    case "cancel":
      return eachJob(turn, cluster, message.jobs, cancel);
    case "withdraw":
      return eachJob(turn, cluster, message.jobs, withdraw);
    case "ack":
      eachJob(turn, cluster, message.jobs, forget);
      return sendResults(turn, shared);
    default:
      assertNever(message);
  }
}

function eachJob(
  turn: Turn,
  cluster: ClusterRecord,
  ids: readonly JobId[],
  act: (turn: Turn, job: Parameters<typeof cancel>[1]) => void,
): void {
  for (const id of ids) {
    const job = turn.state.jobs.get(id);
    if (job?.cluster === cluster) act(turn, job);
  }
}

function onOpen(turn: Turn, link: Link, owner: OwnerId, message: MessageOf<"open">): void {
  const { cluster: id, name } = message;
  const refuse = (why: Refusal): void =>
    turn.tellClient(link, { type: "unattached", cluster: id, name, why });
  const known = turn.state.clusters.get(id);
  if (known !== undefined) {
    if (known.shared?.owner !== owner) return refuse("foreign");
    return attach(turn, link, known, known.shared);
  }
  if (name !== "" && findByName(turn.state, owner, name) !== undefined) return refuse("taken");
  const cluster = openCluster(turn, owner, message);
  if (cluster.shared !== undefined) attach(turn, link, cluster, cluster.shared);
}

function onAttach(turn: Turn, link: Link, owner: OwnerId, name: string): void {
  const cluster = findByName(turn.state, owner, name);
  if (cluster?.shared !== undefined) return attach(turn, link, cluster, cluster.shared);
  turn.tellClient(link, { type: "unattached", cluster: undefined, name, why: "unknown" });
}

function attach(turn: Turn, link: Link, cluster: ClusterRecord, shared: SharedCluster): void {
  if (shared.link !== undefined && shared.link !== link) {
    // What a client said before it died may be heard after it was back on a new connection.
    if (link < shared.link) return turn.tellClient(link, { type: "detached", cluster: cluster.id });
    detach(turn, cluster, shared);
  }
  shared.link = link;
  const { name, computation } = shared;
  const [known, forgotten] = [shared.known.ranges, shared.forgotten.ranges];
  const { epoch } = turn.state;
  turn.tellClient(link, {
    type: "attached",
    cluster: cluster.id,
    name,
    computation,
    epoch,
    known,
    forgotten,
  });
  resetResults(shared);
  sendResults(turn, shared);
}

function detach(turn: Turn, { id: cluster }: ClusterRecord, shared: SharedCluster): void {
  if (shared.link !== undefined) turn.tellClient(shared.link, { type: "detached", cluster });
  shared.link = undefined;
}

/** Closing is answered even if there is nothing to close: the client may not have heard the answer before. */
function onClose(turn: Turn, link: Link, owner: OwnerId, id: ClusterId): void {
  const cluster = turn.state.clusters.get(id);
  if (cluster?.shared !== undefined && cluster.shared.owner === owner) {
    if (cluster.shared.link !== link) detach(turn, cluster, cluster.shared);
    closeCluster(turn, cluster, cluster.shared);
  }
  turn.tellClient(link, { type: "closed", cluster: id });
}
