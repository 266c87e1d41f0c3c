import { hostname } from "node:os";
import { join, resolve } from "node:path";
import {
  defaultSchedulerPort,
  type NodeTarget,
  parseNodeTarget,
} from "../../client/node_target.ts";
import type { SharingPolicy } from "../../core/scheduler/fairness.ts";
import type { Durability } from "../../journal/types.ts";
import { formatAddress } from "../../net/addresses.ts";
import type { Seed } from "../../net/discovery/seeds.ts";
import { discoveryPort } from "../../net/discovery/sockets.ts";
import type { LogLevel } from "../../platform/logger.ts";
import { stateFolder } from "../../platform/state_folder.ts";
import { limits } from "../../proto/limits.ts";
import { parseDuration } from "../duration.ts";
import { checkFlags } from "../settings/check_settings.ts";
import { readConfigFile } from "../settings/config_file.ts";
import { type SchedulerSettings, schedulerSettingsSchema } from "./scheduler_settings.ts";

const defaultResultExpiry = "7d";
const defaultLostAfter = "9s";

/** What `muster scheduler` was asked for, checked. */
export type SchedulerRequest = {
  readonly name: string;
  /** Undefined: loopback and, with a secret, the host's private networks. */
  readonly hosts: readonly string[] | undefined;
  readonly port: number;
  /** Where others reach it, if that is not where it listens. */
  readonly extHosts: readonly string[];
  /** Hosts that introduce it to the cluster where announcements do not reach. */
  readonly seeds: readonly Seed[];
  readonly nodes: readonly NodeTarget[];
  /** Whether it uses the nodes that it finds. */
  readonly discovers: boolean;
  readonly policy: SharingPolicy;
  readonly durability: Durability;
  /** Of its journal. */
  readonly folder: string;
  /** As in "7d", and in milliseconds. */
  readonly resultExpiry: string;
  readonly resultExpiryMs: number;
  /** As in "9s", and in milliseconds. */
  readonly lostAfter: string;
  readonly lostMs: number;
  readonly maxOpenJobs: number;
  readonly maxJobsPerClient: number | undefined;
  readonly secretFile: string | undefined;
  readonly logLevel: LogLevel;
  /** A file to write all of these to. */
  readonly saveConfig: string | undefined;
};

const numbers: ReadonlySet<string> = new Set(["port", "maxOpenJobs", "maxJobsPerClient"]);

/**
 * Checks the flags of `muster scheduler`, and the file that `--config` names, over which flags win.
 *
 * @throws {UsageError} Naming the flag, or the file and its key, the value seen, and what to give instead.
 */
export function parseSchedulerRequest(
  rawFlags: Readonly<Record<string, unknown>>,
): SchedulerRequest {
  const { config, saveConfig, discover, nodes, ...others } = rawFlags;
  const given = {
    ...others,
    // It is true when nothing was said.
    ...(discover === false && { discover }),
    ...(typeof nodes === "string" && { nodes: nodes.split(",").map((node) => node.trim()) }),
  };
  const flags = checkFlags(schedulerSettingsSchema, given, numbers);
  const file = typeof config === "string"
    ? readConfigFile(config, schedulerSettingsSchema, ["journal", "secretFile"])
    : {};
  const settings: SchedulerSettings = { ...file, ...flags };
  const { secretFile, resultExpiry = defaultResultExpiry, lostAfter = defaultLostAfter } = settings;
  return {
    name: settings.name ?? hostname().slice(0, limits.maxNameBytes),
    hosts: settings.host,
    port: settings.port ?? defaultSchedulerPort,
    extHosts: settings.extHost ?? [],
    seeds: (settings.join ?? []).map((text) => parseNodeTarget(text, discoveryPort)),
    nodes: (settings.nodes ?? []).map((text) => parseNodeTarget(text)),
    discovers: settings.discover ?? true,
    policy: settings.policy ?? "fair",
    durability: settings.durability ?? "full",
    folder: resolve(settings.journal ?? join(stateFolder(), "scheduler")),
    resultExpiry,
    resultExpiryMs: parseDuration(resultExpiry) ?? limits.maxDurationMs,
    lostAfter,
    lostMs: parseDuration(lostAfter) ?? limits.maxDurationMs,
    maxOpenJobs: settings.maxOpenJobs ?? limits.defaultMaxOpenJobs,
    maxJobsPerClient: settings.maxJobsPerClient,
    secretFile: secretFile === undefined ? undefined : resolve(secretFile),
    logLevel: settings.logLevel ?? "info",
    saveConfig: typeof saveConfig === "string" ? saveConfig : undefined,
  };
}

/** The options of a request by the names of the flags: what a file of options holds. */
export function settingsOf(request: SchedulerRequest): SchedulerSettings {
  const { name, hosts, port, extHosts, seeds, nodes, discovers, secretFile } = request;
  const places = (all: readonly NodeTarget[]): string[] =>
    all.map(({ host, port }) => formatAddress(host, port));
  return {
    name,
    ...(hosts !== undefined && { host: [...hosts] }),
    port,
    ...(extHosts.length > 0 && { extHost: [...extHosts] }),
    ...(seeds.length > 0 && { join: places(seeds) }),
    ...(nodes.length > 0 && { nodes: places(nodes) }),
    discover: discovers,
    policy: request.policy,
    durability: request.durability,
    journal: request.folder,
    resultExpiry: request.resultExpiry,
    lostAfter: request.lostAfter,
    maxOpenJobs: request.maxOpenJobs,
    maxJobsPerClient: request.maxJobsPerClient,
    ...(secretFile !== undefined && { secretFile }),
    logLevel: request.logLevel,
  };
}
