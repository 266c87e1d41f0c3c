import { isIPv6 } from "node:net";
import { UsageError } from "../proto/errors.ts";

/** A place to dial or to listen on. */
export type NodeTarget = { readonly host: string; readonly port: number };

/** Where node daemons listen unless they are told otherwise. */
export const defaultNodePort = 7701;

/** Where shared schedulers listen unless they are told otherwise. */
export const defaultSchedulerPort = 7702;

/** Where clients listen for nodes that dial them, unless they are told otherwise. */
export const defaultClientPort = 7703;

/** Where nodes are asked, over UDP, for others that they know. */
export const defaultSeedPort = 7700;

/**
 * Reads where a node is: `host`, `host:port`, an IPv4 address, or an IPv6 address, in brackets if a port follows.
 *
 * @param defaultPort Port where none is given.
 * @throws {UsageError} For anything else.
 */
export function parseNodeTarget(text: string, defaultPort = defaultNodePort): NodeTarget {
  return parseTarget(text, defaultPort) ??
    refuse(`Cannot use node ${JSON.stringify(text)}: give host or host:port`);
}

/**
 * Reads where a client listens, as a node that dials it is told: as {@link parseNodeTarget}.
 *
 * @throws {UsageError} For anything else.
 */
export function parseClientTarget(text: string): NodeTarget {
  return parseTarget(text, defaultClientPort) ??
    refuse(`Cannot dial ${JSON.stringify(text)}: give host or host:port`);
}

/**
 * Reads where a shared scheduler is: as {@link parseNodeTarget}.
 *
 * @throws {UsageError} For anything else.
 */
export function parseSchedulerTarget(text: string): NodeTarget {
  return parseTarget(text, defaultSchedulerPort) ??
    refuse(`Cannot use scheduler ${JSON.stringify(text)}: give host or host:port`);
}

/**
 * Reads where to listen for nodes: as {@link parseNodeTarget}, or a port alone, for this machine only.
 *
 * @throws {UsageError} For anything else.
 */
export function parseListenPlace(place: string | number): NodeTarget {
  const isPort = typeof place === "number" || /^\d+$/.test(place);
  return parseTarget(isPort ? `127.0.0.1:${place}` : place, defaultClientPort) ??
    refuse(`Cannot listen on ${JSON.stringify(place)}: give a port, an address or address:port`);
}

function parseTarget(text: string, defaultPort: number): NodeTarget | undefined {
  const match = /^(?:\[([\da-f:.%\w]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/i.exec(text);
  const bare = isIPv6(text) ? text : undefined;
  const host = match?.[1] ?? match?.[2] ?? bare;
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port };
}

function refuse(message: string): never {
  throw new UsageError(message);
}
