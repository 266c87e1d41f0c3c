import { formatAddress, isLoopback } from "../../net/addresses.ts";
import { AuthorizedKeys } from "../../net/authorized_keys.ts";
import { loadIdentity } from "../../net/keys.ts";
import { listen } from "../../net/listen.ts";
import { SchedulerDaemon } from "../../scheduler/daemon.ts";
import { OutgoingLinks } from "../../scheduler/outgoing_links.ts";
import { loadDaemonKeys } from "../daemon_keys.ts";
import { createDaemonLog } from "../daemon_log.ts";
import { exitCodes } from "../exit_codes.ts";
import { exitCodeOf, onInterrupt } from "../interrupt.ts";
import { writeConfigFile } from "../settings/config_file.ts";
import { type SchedulerRequest, settingsOf } from "./scheduler_options.ts";

/**
 * `muster scheduler`: keeps jobs until it is stopped.
 *
 * @returns The exit code.
 * @throws {UsageError} When there is no secret, an address cannot be listened on, or its journal cannot be used.
 * @throws {JournalError} When its journal is damaged, or nothing can be kept any more.
 */
export async function runSchedulerCommand(request: SchedulerRequest): Promise<number> {
  const stopped = Promise.withResolvers<void>();
  // From the first moment on: what is being started is ended in order then.
  using interrupt = onInterrupt(() => stopped.resolve());
  const { hosts = ["127.0.0.1"], seeds, nodes, saveConfig } = request;
  const log = createDaemonLog(request.logLevel);
  if (saveConfig !== undefined) {
    await writeConfigFile(saveConfig, settingsOf(request));
    log.info(`options written to ${saveConfig}`);
  }
  const authorized = new AuthorizedKeys();
  const identity = await loadIdentity();
  const { keys, isShared } = await loadDaemonKeys(request, [...seeds, ...nodes]);
  const startedMs = performance.now();
  const daemon = await SchedulerDaemon.start({
    ...request,
    hosts,
    identity,
    keys,
    authorize: (peer) => authorized.authorize(peer),
    listen,
    log,
  });
  const links = new OutgoingLinks({ ...request, daemon, identity, keys, log });
  const isReachable = request.hosts === undefined || !hosts.every(isLoopback);
  const presence = isShared && isReachable
    ? await links.findNodes(request.hosts === undefined)
    : undefined;
  log.info(describe(request, daemon, performance.now() - startedMs));
  links.start();
  const unwatch = authorized.watch(() => daemon.recheck(), log.warn);
  try {
    await Promise.race([stopped.promise, daemon.failed]);
  } finally {
    log.info("stopping");
    unwatch();
    await presence?.close();
    links.stop();
    await daemon.stop();
    await links.ended();
  }
  return interrupt.signal === undefined ? exitCodes.ok : exitCodeOf(interrupt.signal);
}

function describe(
  { name, nodes, durability, folder }: SchedulerRequest,
  { addresses, state }: SchedulerDaemon,
  tookMs: number,
): string {
  const places = addresses.map(({ host, port }) => formatAddress(host, port)).join(", ");
  const kept = durability === "memory"
    ? "keeps nothing on disk"
    : `keeps jobs in ${folder} (${durability}): ${restored(state, tookMs)}`;
  const dials = nodes.length === 0
    ? ""
    : `, dials ${nodes.map(({ host, port }) => formatAddress(host, port)).join(", ")}`;
  return `scheduler ${name} listens on ${places}${dials}, ${kept}`;
}

function restored({ clusters, jobs }: SchedulerDaemon["state"], tookMs: number): string {
  if (clusters.size === 0) return "none yet";
  let open = 0;
  for (const cluster of clusters.values()) open += cluster.open;
  return `found ${clusters.size} clusters with ${open} jobs to do and ${
    jobs.size - open
  } results ` +
    `in ${Math.round(tookMs)} ms`;
}
