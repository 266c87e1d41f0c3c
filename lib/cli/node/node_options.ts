import { hostname } from "node:os";
import { resolve } from "node:path";
import {
  defaultNodePort,
  defaultSeedPort,
  parseClientTarget,
  parseNodeTarget,
} from "../../client/node_target.ts";
import { formatAddress } from "../../net/addresses.ts";
import type { Seed } from "../../net/discovery/seeds.ts";
import type { ClientPlace } from "../../node/client_dialer.ts";
import type { LogLevel } from "../../platform/logger.ts";
import { defaultDestPath } from "../../node/work_folder.ts";
import { limits } from "../../proto/limits.ts";
import type { Suite } from "../../wire/handshake.ts";
import { parseDuration } from "../duration.ts";
import { checkFlags } from "../settings/check_settings.ts";
import { readConfigFile } from "../settings/config_file.ts";
import { type NodeSettings, nodeSettingsSchema } from "./node_settings.ts";

/** What `muster node` was asked for, checked. */
export type NodeRequest = {
  readonly name: string;
  /** Undefined: loopback and, with a secret, the host's private networks. */
  readonly hosts: readonly string[] | undefined;
  readonly port: number;
  /** Where others reach it, if that is not where it listens. */
  readonly extHosts: readonly string[];
  /** Hosts that introduce it to the cluster where announcements do not reach. */
  readonly seeds: readonly Seed[];
  /** Clients that listen, to be dialled. */
  readonly clients: readonly ClientPlace[];
  /** Negative: so many fewer than there are cores. */
  readonly cpus: number;
  readonly tags: readonly string[];
  readonly isolation: "process" | "worker";
  readonly destPath: string;
  /** As it was given. */
  readonly keepResults: string | undefined;
  readonly keepMs: number;
  readonly secretFile: string | undefined;
  /** The only cipher for large messages that it takes. */
  readonly cipher: Suite | undefined;
  readonly logLevel: LogLevel;
  /** A file to write all of these to. */
  readonly saveConfig: string | undefined;
};

const defaultKeepMs = 24 * 3_600_000;
const numbers: ReadonlySet<string> = new Set(["cpus", "port"]);

/**
 * Checks the flags of `muster node`, and the file that `--config` names, over which flags win.
 *
 * @param cores How many it may lend when nothing is said.
 * @throws {UsageError} Naming the flag, or the file and its key, the value seen, and what to give instead.
 */
export function parseNodeRequest(
  rawFlags: Readonly<Record<string, unknown>>,
  cores: number,
): NodeRequest {
  const { config, saveConfig, ...settingFlags } = rawFlags;
  const flags = checkFlags(nodeSettingsSchema, settingFlags, numbers);
  const file = typeof config === "string"
    ? readConfigFile(config, nodeSettingsSchema, ["destPath", "secretFile"])
    : {};
  const settings: NodeSettings = { ...file, ...flags };
  const { secretFile } = settings;
  return {
    name: settings.name ?? hostname().slice(0, limits.maxNameBytes),
    hosts: settings.host,
    port: settings.port ?? defaultNodePort,
    extHosts: settings.extHost ?? [],
    seeds: (settings.join ?? []).map((text) => parseNodeTarget(text, defaultSeedPort)),
    clients: (settings.dial ?? []).map(parseClientTarget),
    cpus: settings.cpus ?? cores,
    tags: settings.tag ?? [],
    isolation: settings.isolation ?? "process",
    destPath: resolve(settings.destPath ?? defaultDestPath()),
    keepResults: settings.keepResults,
    keepMs: parseDuration(settings.keepResults ?? "") ?? defaultKeepMs,
    secretFile: secretFile === undefined ? undefined : resolve(secretFile),
    cipher: settings.cipher,
    logLevel: settings.logLevel ?? "info",
    saveConfig: typeof saveConfig === "string" ? saveConfig : undefined,
  };
}

/** The options of a request by the names of the flags: what a file of options holds. */
export function settingsOf(request: NodeRequest): NodeSettings {
  const {
    name,
    hosts,
    port,
    extHosts,
    seeds,
    clients,
    cpus,
    tags,
    isolation,
    destPath,
    keepResults,
    secretFile,
    cipher,
    logLevel,
  } = request;
  return {
    name,
    ...(hosts !== undefined && { host: [...hosts] }),
    port,
    ...(seeds.length > 0 && { join: seeds.map(({ host, port }) => formatAddress(host, port)) }),
    ...(extHosts.length > 0 && { extHost: [...extHosts] }),
    ...(clients.length > 0 && {
      dial: clients.map(({ host, port }) => formatAddress(host, port)),
    }),
    cpus,
    tag: [...tags],
    isolation,
    destPath,
    ...(keepResults !== undefined && { keepResults }),
    ...(secretFile !== undefined && { secretFile }),
    ...(cipher !== undefined && { cipher }),
    logLevel,
  };
}
