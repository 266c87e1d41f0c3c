import type { NodeReading } from "../../client/node_probe.ts";
import { version } from "../../proto/version.ts";
import { fail, type Finding, note, ok } from "./check.ts";

/** Clocks that differ by more make times in job logs hard to compare. */
const maxClockAheadMs = 5_000;

/** What there is to say of the nodes that were found, and of the search for them. */
export function checkNodes(
  readings: readonly NodeReading[],
  problems: readonly string[],
): Finding[] {
  const failures = problems.map((problem) => {
    const [seen = "", ...advice] = problem.split("; ");
    return fail("nodes", seen, advice.join("; ") || "see what its log says");
  });
  if (readings.length === 0) {
    const advice =
      'start "muster node" on other hosts with the same secret; where one runs, let UDP ' +
      "7700 and TCP 7701 through its firewall, or name it with --nodes";
    return [...failures, note("nodes", "none was found", advice)];
  }
  const names = readings.map(({ peer }) => `${peer.name} (${peer.address})`);
  return [
    ...failures,
    ok("nodes", `${readings.length} found: ${names.join(", ")}`),
    ...readings.map(checkClock),
    ...readings.map(checkVersion),
  ];
}

function checkClock({ peer, clockAheadMs, roundTripMs }: NodeReading): Finding {
  const subject = `clock of ${peer.name}`;
  const seconds = (Math.abs(clockAheadMs) / 1000).toFixed(1);
  if (Math.abs(clockAheadMs) <= maxClockAheadMs + roundTripMs) {
    return ok(subject, `within ${seconds} s of this host's`);
  }
  const direction = clockAheadMs > 0 ? "ahead of" : "behind";
  return fail(
    subject,
    `${seconds} s ${direction} this host's`,
    'have both set their clocks from the network, as with "timedatectl set-ntp true"',
  );
}

function checkVersion({ peer, facts }: NodeReading): Finding {
  const subject = `version of ${peer.name}`;
  const seen = `muster ${facts.version}, ${facts.runtime} ${facts.runtimeVersion}`;
  if (facts.version === version) return ok(subject, seen);
  return fail(subject, `${seen}; this host has muster ${version}`, "install the same one on both");
}
