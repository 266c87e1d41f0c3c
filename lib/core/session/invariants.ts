import type { SessionState } from "./state.ts";

/**
 * Checks that the state contradicts itself nowhere. Tests and the simulation call it after every step.
 *
 * @throws {Error} Naming the broken rule.
 */
export function checkInvariants(state: SessionState): void {
  const { jobs, delivered, submitWindow, nextNumber, link, attached, cluster } = state;
  let sent = 0;
  let accepted = 0;
  let fresh = 0;
  let blocked = 0;
  for (const { job, phase, number } of jobs.values()) {
    if (phase === "ended") fail(`knows ${job}, which has ended`);
    if (phase === "sent") sent += 1;
    if (phase === "accepted") accepted += 1;
    if (phase === "fresh") fresh += 1;
    if (phase === "blocked") blocked += 1;
    if (number === undefined) continue;
    if (delivered.has(number)) fail(`waits for ${job}, which was delivered`);
    if (number >= nextNumber) fail(`gave ${job} a number that is still to be given`);
  }
  const waiting = state.fresh.count(({ phase }) => phase === "fresh");
  if (waiting !== fresh) fail(`thinks of sending ${waiting} jobs, has ${fresh}`);
  const refused = state.blocked.filter(({ phase }) => phase === "blocked").length;
  if (refused !== blocked) fail(`thinks of ${refused} refused jobs, has ${blocked}`);
  if (sent !== state.sent) fail(`counts ${state.sent} sent jobs, has ${sent}`);
  if (accepted !== state.accepted) fail(`counts ${state.accepted} accepted jobs, has ${accepted}`);
  if (sent > submitWindow) fail(`sent ${sent} jobs at once`);
  if (attached && (link === undefined || cluster === undefined)) fail("is attached to nothing");
}

function fail(rule: string): never {
  throw new Error(`Invariant broken: the client ${rule}`);
}
