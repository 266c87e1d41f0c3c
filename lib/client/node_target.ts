import { UsageError } from "../proto/errors.ts";
import { parseIpAddress } from "../wire/ip_address.ts";
import type { NodeTarget } from "./node_links.ts";

/** Where node daemons listen unless they are told otherwise. */
export const defaultNodePort = 7701;

/**
 * Reads where a node is: `host`, `host:port`, an IPv4 address, or an IPv6 address, in brackets if a port follows.
 *
 * @param defaultPort Port where none is given.
 * @throws {UsageError} For anything else.
 */
export function parseNodeTarget(text: string, defaultPort = defaultNodePort): NodeTarget {
  const match = /^(?:\[([\da-f:.%\w]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/i.exec(text);
  const bare = text.includes(":") && parseIpAddress(text) !== undefined ? text : undefined;
  const host = match?.[1] ?? match?.[2] ?? bare;
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new UsageError(`Cannot use node ${JSON.stringify(text)}: give host or host:port`);
  }
  return { host, port };
}
