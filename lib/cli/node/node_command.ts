import { dial } from "../../net/dial.ts";
import { listen } from "../../net/listen.ts";
import { loadIdentity } from "../../net/keys.ts";
import { AuthorizedKeys } from "../../net/authorized_keys.ts";
import { formatAddress, isLoopback } from "../../net/addresses.ts";
import { NodeDaemon } from "../../node/daemon.ts";
import { stateFolder } from "../../platform/state_folder.ts";
import { DaemonPresence } from "../../net/discovery/presence.ts";
import { loadDaemonKeys } from "../daemon_keys.ts";
import { createDaemonLog } from "../daemon_log.ts";
import { exitCodes } from "../exit_codes.ts";
import { exitCodeOf, onInterrupt } from "../interrupt.ts";
import { writeConfigFile } from "../settings/config_file.ts";
import { type NodeRequest, settingsOf } from "./node_options.ts";

/**
 * `muster node`: lends this machine's cores until it is stopped.
 *
 * @returns The exit code.
 * @throws {UsageError} When there is no secret, an address cannot be listened on, or a file or folder cannot be used.
 */
export async function runNodeCommand(request: NodeRequest): Promise<number> {
  const stopped = Promise.withResolvers<void>();
  // From the first moment on: what is being started is ended in order then.
  using interrupt = onInterrupt(() => stopped.resolve());
  const { hosts = ["127.0.0.1"], extHosts, seeds, clients, saveConfig } = request;
  const log = createDaemonLog(request.logLevel);
  if (saveConfig !== undefined) {
    await writeConfigFile(saveConfig, settingsOf(request));
    log.info(`options written to ${saveConfig}`);
  }
  const authorized = new AuthorizedKeys();
  const identity = await loadIdentity();
  const { keys, isShared } = await loadDaemonKeys(request, [...seeds, ...clients]);
  const daemon = await NodeDaemon.start({
    ...request,
    hosts,
    stateFolder: stateFolder(),
    identity,
    keys,
    authorize: (peer) => authorized.authorize(peer),
    listen,
    dial,
    log,
  });
  const isReachable = request.hosts === undefined || !hosts.every(isLoopback);
  const followsNetworks = request.hosts === undefined;
  const presence = isShared && isReachable
    ? await DaemonPresence.start({
      role: "node",
      daemon,
      followsNetworks,
      extHosts,
      seeds,
      identity,
      keys,
      log,
    })
    : undefined;
  log.info(describe(request, daemon));
  const unwatch = authorized.watch(() => daemon.recheck(), log.warn);
  await stopped.promise;
  log.info("stopping");
  unwatch();
  await presence?.close();
  await daemon.stop();
  return interrupt.signal === undefined ? exitCodes.ok : exitCodeOf(interrupt.signal);
}

function describe({ name, extHosts, clients }: NodeRequest, daemon: NodeDaemon): string {
  const places = (all: NodeDaemon["addresses"]): string =>
    all.map(({ host, port }) => formatAddress(host, port)).join(", ");
  return [
    `node ${name} lends ${daemon.slots} slots on ${places(daemon.addresses)}`,
    ...(extHosts.length > 0 ? [`, known to others as ${extHosts.join(", ")}`] : []),
    ...(clients.length > 0 ? [`, and dials ${places(clients)}`] : []),
  ].join("");
}
