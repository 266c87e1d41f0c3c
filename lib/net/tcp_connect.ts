import { connect, type Socket } from "node:net";
import { limits } from "../proto/limits.ts";
import { formatAddress } from "./addresses.ts";
import { ConnectError } from "./connect_error.ts";

/** Opens a TCP connection, or throws a {@link ConnectError} or the reason of the signal. */
export function connectTcp(
  host: string,
  port: number,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const where = formatAddress(host, port);
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      socket.removeListener("connect", onConnect);
      socket.removeListener("error", onError);
    };
    const fail = (error: unknown): void => {
      settle();
      socket.on("error", () => {});
      socket.destroy();
      reject(error);
    };
    const onConnect = (): void => {
      settle();
      resolve(socket);
    };
    const onError = (cause: Error): void => fail(unreachable(where, cause));
    const onAbort = (): void => fail(signal?.reason);
    const timer = setTimeout(() => {
      const why = `nothing answered within ${limits.connectTimeoutMs / 1000} s`;
      fail(
        new ConnectError("timeout", `Cannot connect to ${where}: ${why}; is a firewall between?`),
      );
    }, limits.connectTimeoutMs);
    socket.once("connect", onConnect);
    socket.once("error", onError);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function unreachable(where: string, cause: Error): ConnectError {
  const { code } = cause as { readonly code?: unknown };
  return new ConnectError("unreachable", `Cannot connect to ${where}: ${explain(code, cause)}`, {
    cause,
  });
}

function explain(code: unknown, cause: Error): string {
  switch (code) {
    case "ECONNREFUSED":
      return "nothing listens there";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "no address is known for that name";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "no network leads there";
    default:
      return cause.message;
  }
}
