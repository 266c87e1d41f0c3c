/** Why no connection came to be. */
export type ConnectFailure =
  /** Nothing listens there, or the address cannot be reached or found. */
  | "unreachable"
  /** No answer in time. */
  | "timeout"
  /** It closed the connection without a word: most likely another secret. */
  | "secret"
  /** It is no member of any cluster, or its bytes were changed on the way. */
  | "protocol"
  /** One side's version of the protocol is not the other's. */
  | "version"
  /** Its host key is not the expected one, or not in `known_hosts`. */
  | "unknownHost"
  /** This side's key file does not give the role it asked for. */
  | "role"
  /** What answers there has another role: a client where a node is expected, say. */
  | "wrongRole"
  /** It can be reached, and it is not what the option `require` asks for. */
  | "unsuitable"
  /** It knows this host and refuses it, for the reason in the message. */
  | "rejected";

/**
 * A node could not be connected to. The message says what to do about it, and `reason` which kind of failure it was.
 *
 * @example
 * ```ts
 * import { ConnectError, JobCluster } from "../mod.ts";
 * try {
 *   await using cluster = await JobCluster.create(() => 1, { local: 0, nodes: ["127.0.0.1:1"] });
 * } catch (error) {
 *   if (error instanceof ConnectError) console.log(error.reason); // prints: unreachable
 * }
 * ```
 */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  readonly reason: ConnectFailure;

  constructor(reason: ConnectFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
