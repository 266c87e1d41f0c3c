import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { defaultNodePort } from "../../client/node_target.ts";
import type { HostAddress } from "../../net/discovery/host_addresses.ts";
import { discoveryPort, DiscoverySockets } from "../../net/discovery/sockets.ts";
import { limits } from "../../proto/limits.ts";
import { fail, type Finding, note, ok } from "./check.ts";

/** How long a packet to this host itself may take. */
const echoMs = 700;

/** Whether a node could listen on its usual port. */
export async function checkNodePort(): Promise<Finding> {
  const subject = `TCP port ${defaultNodePort}`;
  const failure = await bindFailure(defaultNodePort);
  if (failure === undefined) return ok(subject, "free for a node");
  if (failure !== "EADDRINUSE") {
    return fail(subject, `cannot be used (${failure})`, "give a node another one with --port");
  }
  return note(subject, "in use", "that is fine if a node runs here; else give it another --port");
}

/** Whether packets to the local networks can be sent and heard, looked at on each of them. */
export async function checkDiscovery(own: readonly HostAddress[]): Promise<Finding[]> {
  const heard = new Set<string>();
  const sockets = new DiscoverySockets({
    sharedPort: discoveryPort,
    groupPort: discoveryPort,
    listener: (bytes) => heard.add(bytes.toHex()),
  });
  const failure = await sockets.open();
  const subject = `UDP port ${discoveryPort}`;
  if (failure !== undefined) {
    await sockets.close();
    return [fail(subject, failure.message, "end the program that keeps it to itself")];
  }
  const findings = [ok(subject, "can be listened on")];
  for (const link of new Set(own.map((each) => each.link))) {
    findings.push(await checkGroup(sockets, heard, own.filter((each) => each.link === link)));
  }
  await sockets.close();
  return findings;
}

async function checkGroup(
  sockets: DiscoverySockets,
  heard: ReadonlySet<string>,
  own: readonly HostAddress[],
): Promise<Finding> {
  const subject = `multicast on ${own[0]?.link}`;
  // Of no cluster: whoever hears it lets it fall. Broadcasts are left out, which would hide that the group is not heard.
  const packet = randomBytes(limits.discoveryPacketBytes);
  sockets.useAddresses(own.map((each) => ({ ...each, broadcast: undefined })));
  sockets.broadcast(packet);
  const text = packet.toHex();
  for (const deadlineMs = performance.now() + echoMs; performance.now() < deadlineMs;) {
    if (heard.has(text)) return ok(subject, "this host hears itself");
    await setTimeout(10);
  }
  return fail(
    subject,
    "this host does not hear itself",
    `let UDP port ${discoveryPort} through its firewall, or name nodes with --nodes or --join`,
  );
}

/** The code of the failure to listen on a port of all addresses; undefined if it can be. */
function bindFailure(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: Error & { readonly code?: string }) => resolve(error.code));
    server.listen({ host: "0.0.0.0", port }, () => server.close(() => resolve(undefined)));
  });
}
