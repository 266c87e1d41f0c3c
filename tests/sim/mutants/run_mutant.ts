import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { simulateCluster } from "../cluster/cluster_simulation.ts";
import type { Mutant } from "./mutants.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
/** What the simulation consists of. */
const parts = ["lib/core", "lib/proto", "tests/sim"];

type Simulation = { readonly simulateCluster: typeof simulateCluster };

/** How the simulation took a mutant. */
export type MutantReport = {
  readonly name: string;
  /** The seed that found it, and what was found; undefined if it survived. */
  readonly killed: { readonly seed: number; readonly message: string } | undefined;
};

/**
 * Runs the simulation with a deliberate fault until it is found.
 *
 * @param folder An empty folder, which gets a copy of the sources with the fault.
 * @param maxSeeds It has survived after as many.
 */
export async function runMutant(
  mutant: Mutant,
  folder: string,
  maxSeeds: number,
): Promise<MutantReport> {
  for (const part of parts) cpSync(`${root}${part}`, `${folder}/${part}`, { recursive: true });
  for (const { file, from, to } of mutant.edits) {
    const path = `${folder}/lib/core/${file}`;
    const text = readFileSync(path, "utf8");
    const places = text.split(from).length - 1;
    if (places !== 1) {
      throw new Error(`Cannot make "${mutant.name}": its text is ${places} times in ${file}`);
    }
    // Not as a pattern, in which `$` would mean something.
    writeFileSync(path, text.replace(from, () => to));
  }
  const path = `${folder}/tests/sim/cluster/cluster_simulation.ts`;
  const { simulateCluster } = await import(pathToFileURL(path).href) as Simulation;
  for (let seed = 1; seed <= maxSeeds; seed += 1) {
    const { violation } = simulateCluster(seed);
    if (violation === undefined) continue;
    const message = `${violation.kind}: ${violation.message}`;
    return { name: mutant.name, killed: { seed, message } };
  }
  return { name: mutant.name, killed: undefined };
}
