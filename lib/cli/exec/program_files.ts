import { mkdirSync, statSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fetchFile, type JobCluster } from "../../client/cluster.ts";
import { isLocal } from "../../client/endings.ts";
import { type Job, nodeOf } from "../../client/job.ts";
import { readChunks } from "../../files/read_chunks.ts";
import { ownFolder, whyBadPath } from "../../proto/files.ts";
import { ReplacedFile } from "../output/replaced_file.ts";
import { writeFully } from "../output/write_fully.ts";
import type { ProgramOutput } from "./program_job.ts";

type Cluster = Pick<JobCluster<never, unknown>, "close">;

/** Reads what programs left, wherever they ran. */
export class ProgramFiles {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /**
   * Reads what a program wrote to one stream, once.
   *
   * @param take Given each part; it is awaited.
   * @throws {Error} When it cannot be read any more.
   */
  async readOutput(
    job: Job<unknown>,
    output: ProgramOutput,
    take: (bytes: Uint8Array) => Promise<void>,
  ): Promise<void> {
    if (output instanceof Uint8Array) return await take(output);
    const { folder, name } = output;
    if (!isHere(job)) {
      const file = { path: `${ownFolder}/${name}`, remove: true };
      return await fetchFile(this.#cluster, job, file, { begin: () => {}, write: take });
    }
    const path = join(folder, name);
    {
      await using file = await open(path, "r");
      for await (const bytes of readChunks(file, (await file.stat()).size)) await take(bytes);
    }
    await rm(path);
  }

  /**
   * Has a file that a job made, which takes the place of one of that name here.
   *
   * @param path Relative to the job's working directory, and to that of this process.
   * @throws {Error} When there is none, or it may not lie there.
   */
  async bring(job: Job<unknown>, path: string): Promise<void> {
    const why = whyBadPath(path, process.platform === "win32");
    if (why !== undefined) throw new Error(why);
    if (!isHere(job)) return await this.#fetch(job, path);
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
      throw new Error("there is no such file");
    }
  }

  async #fetch(job: Job<unknown>, path: string): Promise<void> {
    mkdirSync(dirname(path), { recursive: true });
    const mode = statSync(path, { throwIfNoEntry: false })?.mode;
    const copy = await ReplacedFile.create(path, mode);
    let isExecutable = false;
    try {
      await fetchFile(this.#cluster, job, { path, remove: false }, {
        begin: (file) => isExecutable = file.isExecutable,
        write: (bytes) => writeFully(copy.handle, bytes, path),
      });
      if (mode === undefined && isExecutable) await copy.handle.chmod(0o755);
      await copy.commit();
    } finally {
      await copy.abandon();
    }
  }
}

/** Whether a job ran in a slot of this program, where its files are in place. */
function isHere(job: Job<unknown>): boolean {
  const node = nodeOf(job);
  return node === undefined || isLocal(node);
}
