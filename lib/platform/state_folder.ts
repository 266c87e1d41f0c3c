import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/**
 * The folder in which daemons of this user keep what must outlive a restart of the host: `$MUSTER_HOME/state`,
 * `$XDG_STATE_HOME/muster` or `~/.local/state/muster`.
 */
export function stateFolder(): string {
  const { MUSTER_HOME: home, XDG_STATE_HOME: state } = process.env;
  if (home !== undefined && home !== "") return join(home, "state");
  if (state !== undefined && state !== "") return join(state, "muster");
  return join(homedir(), ".local", "state", "muster");
}
