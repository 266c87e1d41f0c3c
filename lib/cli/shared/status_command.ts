import process from "node:process";
import { z } from "zod";
import { askSchedulerStatus } from "../../client/shared/ask_status.ts";
import type { SchedulerStatus } from "../../proto/scheduler_links.ts";
import { exitCodes } from "../exit_codes.ts";
import { oneLine } from "../output/plain_text.ts";
import { checkFlags } from "../run/run_flags.ts";
import { schedulerFlags, schedulerOptions } from "./scheduler_flags.ts";

const flagSchema = z.strictObject({ ...schedulerFlags, json: z.boolean().optional() });
const maxCellChars = 64;

/**
 * `muster status`: shows the nodes and clusters of a shared scheduler.
 *
 * @returns The exit code.
 * @throws {UsageError} For flags that cannot be used.
 * @throws {ConnectError} When the scheduler cannot be reached.
 */
export async function runStatusCommand(
  rawFlags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const flags = checkFlags(flagSchema, rawFlags);
  const warn = (line: string): unknown => process.stderr.write(`muster: ${line}\n`);
  const status = await askSchedulerStatus(schedulerOptions(flags, warn));
  const text = flags.json === true ? `${JSON.stringify(status)}\n` : renderStatus(status);
  process.stdout.write(text);
  return exitCodes.ok;
}

/** What a scheduler tells of itself, as two tables. */
export function renderStatus({ version, epoch, nodes, clusters }: SchedulerStatus): string {
  const nodeRows = nodes.map(({ name, address, state, slots, leases }) => [
    name,
    address,
    state,
    String(slots),
    String(leases),
  ]);
  const clusterRows = clusters.map(({ name, attached, open, settled }) => [
    name,
    attached ? "attached" : "left",
    String(open),
    String(settled),
  ]);
  return [
    `muster ${version}, started ${epoch === 1 ? "once" : `${epoch} times`}\n`,
    table(["NODE", "ADDRESS", "STATE", "SLOTS", "JOBS"], nodeRows),
    table(["CLUSTER", "PROGRAM", "OPEN", "RESULTS"], clusterRows),
  ].join("\n");
}

/** Columns; what others say of themselves must not act on the terminal. */
function table(headings: readonly string[], cells: readonly (readonly string[])[]): string {
  const rows = [headings, ...cells.map((row) => row.map((cell) => oneLine(cell, maxCellChars)))];
  const widths = headings.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  const lines = rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()
  );
  return `${lines.join("\n")}\n`;
}
