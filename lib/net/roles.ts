import type { AcceptedSecret } from "../wire/handshake_responder.ts";
import { rolesOfSecret } from "../wire/hello.ts";
import type { PeerRole } from "../wire/hello.ts";
import type { Keyring } from "./types.ts";

/** The key with which a role dials: of the first secret. Undefined if its file does not give that role. */
export function dialKeyOf({ secrets: [first] }: Keyring, role: PeerRole): Uint8Array | undefined {
  return rolesOfSecret.node.includes(role) ? first.nodePsk : first.clientPsk;
}

/** Whether peers of a role can prove themselves to a listener with these secrets. */
export function canAccept({ secrets }: Keyring, role: PeerRole): boolean {
  const key = rolesOfSecret.node.includes(role) ? "nodePsk" : "clientPsk";
  return secrets.some((secret) => secret[key] !== undefined);
}

/** Every key a listener takes. */
export function acceptedSecretsOf({ secrets }: Keyring): AcceptedSecret[] {
  return secrets.flatMap(({ nodePsk, clientPsk }) => {
    const accepted: AcceptedSecret[] = [];
    if (nodePsk !== undefined) accepted.push({ role: "node", psk: nodePsk });
    if (clientPsk !== undefined) accepted.push({ role: "client", psk: clientPsk });
    return accepted;
  });
}
