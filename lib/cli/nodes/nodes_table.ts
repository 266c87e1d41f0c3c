import type { NodeReading } from "../../client/node_probe.ts";
import { oneLine } from "../output/plain_text.ts";

const headings = [
  "NAME",
  "ADDRESS",
  "SLOTS",
  "BUSY",
  "FREE CPU",
  "FREE MEMORY",
  "VERSION",
  "FINGERPRINT",
  "ROUND TRIP",
];
/** Columns of numbers, which end at one line. */
const isNumeric = [false, false, true, true, true, true, false, false, true];
const maxCellChars = 64;

/** The nodes as a table, with a line of headings. */
export function renderNodes(readings: readonly NodeReading[]): string {
  const rows = [headings, ...readings.map(cellsOf)];
  const widths = headings.map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0))
  );
  const lines = rows.map((cells) =>
    cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return isNumeric[column] === true ? cell.padStart(width) : cell.padEnd(width);
    }).join("  ").trimEnd()
  );
  return `${lines.join("\n")}\n`;
}

/** A node as scripts read it. */
export function nodeJson(reading: NodeReading): object {
  const { peer, facts, status, roundTripMs } = reading;
  const { slots, version, runtime, runtimeVersion, platform, arch, tags } = facts;
  const { busySlots, freeCpu, freeMemoryBytes, totalMemoryBytes } = status;
  return {
    name: oneLine(peer.name, maxCellChars),
    address: peer.address,
    slots,
    busySlots,
    freeCpu,
    freeMemoryBytes,
    totalMemoryBytes,
    version,
    runtime,
    runtimeVersion,
    platform,
    arch,
    tags,
    fingerprint: peer.fingerprint,
    instanceId: peer.instanceId,
    roundTripMs: Number(roundTripMs.toFixed(3)),
  };
}

function cellsOf({ peer, facts, status, roundTripMs }: NodeReading): string[] {
  return [
    peer.name,
    peer.address,
    String(facts.slots),
    String(status.busySlots),
    `${Math.round(status.freeCpu * 100)} %`,
    formatBytes(status.freeMemoryBytes),
    facts.version,
    peer.fingerprint,
    `${roundTripMs.toFixed(1)} ms`,
    // What a node says of itself must not act on the terminal.
  ].map((cell) => oneLine(cell, maxCellChars));
}

/** Memory as people say it: `512 MB`, `7.4 GB`. */
function formatBytes(bytes: number): string {
  const megabytes = bytes / 1e6;
  return megabytes < 1000 ? `${Math.round(megabytes)} MB` : `${(megabytes / 1000).toFixed(1)} GB`;
}
