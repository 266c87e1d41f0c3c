import process from "node:process";
import { NodeSurvey } from "../../client/node_survey.ts";
import { hostAddresses } from "../../net/discovery/host_addresses.ts";
import { exitCodes } from "../exit_codes.ts";
import type { NodesRequest } from "../nodes/nodes_options.ts";
import { type Paint, paintFor } from "../output/color.ts";
import { stripControls } from "../output/plain_text.ts";
import type { Finding } from "./check.ts";
import { checkAddresses, checkHostKey, checkSecret } from "./host_checks.ts";
import { checkDiscovery, checkNodePort } from "./network_checks.ts";
import { checkNodes } from "./node_checks.ts";

/** What `muster doctor` was asked for, checked. */
export type DoctorRequest = Omit<NodesRequest, "watch">;

const signs = { ok: "ok  ", note: "note", fail: "FAIL" } as const;
const colors = { ok: "green", note: "yellow", fail: "red" } as const;

/**
 * `muster doctor`: looks at what this host needs to work with others, and says what to do about what it lacks.
 *
 * @returns The exit code.
 */
export async function runDoctorCommand(request: DoctorRequest): Promise<number> {
  const findings: Finding[] = [];
  const paint = paintFor(process.stdout);
  const tell = (...more: readonly Finding[]): void => {
    findings.push(...more);
    if (request.json) return;
    for (const finding of more) process.stdout.write(renderFinding(finding, paint));
  };
  const own = hostAddresses();
  tell(checkAddresses(own));
  const { finding, keys } = await checkSecret(request.secretFile);
  tell(finding);
  const hostKey = await checkHostKey();
  tell(hostKey, await checkNodePort(), ...await checkDiscovery(own));
  if (keys !== undefined && hostKey.verdict === "ok") tell(...await checkFound(request));
  if (request.json) process.stdout.write(`${JSON.stringify(findings)}\n`);
  return findings.some(({ verdict }) => verdict === "fail") ? exitCodes.failed : exitCodes.ok;
}

async function checkFound(request: DoctorRequest): Promise<Finding[]> {
  const problems: string[] = [];
  const survey = await NodeSurvey.start({
    ...request,
    onProblem: (message) => problems.push(message),
  });
  await survey.settled();
  const readings = await survey.read();
  await survey.close();
  return checkNodes(readings, problems);
}

function renderFinding({ subject, verdict, seen, advice }: Finding, paint: Paint): string {
  const sign = paint(colors[verdict], signs[verdict]);
  const line = `${sign}  ${stripControls(`${subject}: ${seen}`).replaceAll("\n", " ")}\n`;
  return advice === undefined ? line : `${line}      ${stripControls(advice)}\n`;
}
