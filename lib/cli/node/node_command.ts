import process from "node:process";
import { listen } from "../../net/listen.ts";
import { loadIdentity, loadKeys } from "../../net/keys.ts";
import { AuthorizedKeys } from "../../net/authorized_keys.ts";
import { formatAddress } from "../../net/addresses.ts";
import { NodeDaemon } from "../../node/daemon.ts";
import { exitCodes } from "../exit_codes.ts";
import { exitCodeOf, onInterrupt } from "../interrupt.ts";
import { stripControls } from "../output/plain_text.ts";
import type { NodeRequest } from "./node_options.ts";

/**
 * `muster node`: lends this machine's cores until it is stopped.
 *
 * @returns The exit code.
 * @throws {UsageError} When there is no secret, or an address cannot be listened on.
 */
export async function runNodeCommand(request: NodeRequest): Promise<number> {
  const { name, hosts, port, cpus, secretFile } = request;
  const log = (line: string): void => {
    process.stderr.write(`${new Date().toISOString()} ${stripControls(line)}\n`);
  };
  const authorized = new AuthorizedKeys();
  const daemon = await NodeDaemon.start({
    name,
    hosts,
    port,
    cpus,
    identity: await loadIdentity(),
    keys: await loadKeys({ secretFile, bind: hosts }),
    authorize: (peer) => authorized.authorize(peer),
    listen,
    log,
  });
  const places = daemon.addresses.map((at) => formatAddress(at.host, at.port)).join(", ");
  log(`node ${name} lends ${daemon.slots} slots on ${places}`);
  const unwatch = authorized.watch(() => daemon.recheck(), log);
  const stopped = Promise.withResolvers<void>();
  using interrupt = onInterrupt(() => stopped.resolve());
  await stopped.promise;
  log("stopping");
  unwatch();
  await daemon.stop();
  return interrupt.signal === undefined ? exitCodes.ok : exitCodeOf(interrupt.signal);
}
