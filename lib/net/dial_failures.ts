import type { HandshakeFailure } from "../wire/handshake.ts";
import type { PeerRole } from "../wire/hello.ts";
import { ConnectError } from "./connect_error.ts";
import type { ConnectFailure } from "./connect_error.ts";
import { formatPublicKey } from "./policy.ts";
import type { Keyring, KnownHosts } from "./types.ts";

const compare = 'compare what "muster keygen --fingerprint" prints on both hosts';

/** Why a handshake ended on the side that dialled; `gotBytes` tells whether the other side said anything. */
export function explainHandshake(
  where: string,
  reason: HandshakeFailure,
  gotBytes: boolean,
): ConnectError {
  const [failure, why] = explain(reason, gotBytes);
  return new ConnectError(failure, `Cannot connect to ${where}: ${why}`);
}

/** The key file does not give the role this side asked for. */
export function explainRole(where: string, role: PeerRole, { source }: Keyring): ConnectError {
  const [has, needs] = role === "client" ? ["nodes", "clients"] : ["clients", "nodes"];
  return new ConnectError(
    "role",
    `Cannot connect to ${where} as ${role}: ${source} holds the key for ${has}; ` +
      `use one for ${needs}, or the cluster's own`,
  );
}

/** Another kind of program listens there. */
export function explainWrongRole(
  where: string,
  role: PeerRole,
  expected: readonly PeerRole[] = [],
): ConnectError {
  return new ConnectError(
    "wrongRole",
    `Cannot connect to ${where}: a ${role} answers there, and no ${expected.join(" or ")}`,
  );
}

/** The host on the other end is a member of the cluster and not one that may be there. */
export function explainUnknownHost(
  where: string,
  hostKey: Uint8Array,
  fingerprint: string,
  knownHosts: KnownHosts | undefined,
): ConnectError {
  const line = `${formatPublicKey(hostKey)} ${where}`;
  const why = knownHosts?.accepts(hostKey) === false
    ? `its host key ${fingerprint} is not in ${knownHosts.source}; if it is the right host ` +
      `("muster keygen --fingerprint" there), add this line: ${line}`
    : `its host key ${fingerprint} is not the one expected: another host answers there`;
  return new ConnectError("unknownHost", `Cannot connect to ${where}: ${why}`);
}

function explain(reason: HandshakeFailure, gotBytes: boolean): [ConnectFailure, string] {
  switch (reason) {
    case "ended":
      return gotBytes ? ["protocol", "it closed the connection in the middle of the handshake"] : [
        "secret",
        `it closed the connection at once: most likely it has another secret (${compare}) ` +
        "or another version of muster",
      ];
    case "downgrade":
      return ["version", "somebody on the way makes both sides speak an old version"];
    case "malformed":
    case "badVersion":
    case "badSuite":
      return ["version", "it speaks another version: use the same version of muster on all hosts"];
    case "timeout":
      return ["timeout", "it did not answer in time"];
    case "badTag":
    case "badMagic":
    case "badKey":
    case "replay":
    case "unexpectedBytes":
    case "unknownHost":
    case "badRole":
    case "unauthorized":
      return ["protocol", "what answers there is no muster host, or its bytes were changed"];
  }
}
