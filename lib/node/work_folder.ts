import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  type Stats,
  statSync,
  utimesSync,
} from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { localSocketPath } from "../platform/local_socket.ts";
import { UsageError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";

/** Daemons name their folders by this; what else lies beside them is left alone. */
const namePattern = /^([0-9a-f]{8})(?:\.sock)?$/;

/** A socket takes connections a moment after it is there: one that is older and takes none has lost its daemon. */
const bindMs = 1000;

/** Systems remove what lies in the folder for temporary files and has not changed for days. */
const touchMs = 3_600_000;

/** Where daemons of this user keep what they need while they run. */
export function defaultDestPath(): string {
  return join(tmpdir(), `muster-${process.getuid?.() ?? "node"}`);
}

/**
 * A folder for one daemon below its destination path, which several may share. Beside it lies a socket that takes
 * connections as long as the daemon lives: so the leftovers of one that was killed are known and removed by the next.
 */
export class WorkFolder implements AsyncDisposable {
  /** Readable by this user alone. */
  readonly path: string;
  readonly #socketPath: string;
  readonly #server: Server;
  readonly #touchTimer: ReturnType<typeof setInterval>;

  /** Daemons make theirs by {@link WorkFolder.open}. */
  constructor(path: string, socketPath: string, server: Server) {
    this.path = path;
    this.#socketPath = socketPath;
    this.#server = server;
    this.#touchTimer = setInterval(() => this.#touch(), touchMs);
    this.#touchTimer.unref();
  }

  /**
   * Makes a folder below `destPath`, which is made too if need be, and removes those of dead daemons.
   *
   * @throws {UsageError} When `destPath` cannot be used, with the reason.
   */
  static async open(destPath: string): Promise<WorkFolder> {
    try {
      prepare(destPath);
      await removeDead(destPath);
      const name = randomBytes(4).toString("hex");
      const socketPath = localSocketPath(destPath, `${name}.sock`);
      // First the socket: a folder without one is a leftover.
      const server = await listenAt(socketPath);
      const path = join(destPath, name);
      mkdirSync(path, { mode: 0o700 });
      return new WorkFolder(path, socketPath, server);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new UsageError(
        `Cannot keep files in ${destPath}: ${why}; name another folder with --dest-path`,
        { cause },
      );
    }
  }

  /** Removes the folder with all that is in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#touchTimer);
    rmSync(this.path, { recursive: true, force: true });
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    rmSync(this.#socketPath, { force: true });
  }

  #touch(): void {
    const now = new Date();
    for (const path of [dirname(this.path), this.path, this.#socketPath]) {
      // What has been removed by force is missed when it is needed.
      if (existsSync(path)) utimesSync(path, now, now);
    }
  }
}

function prepare(destPath: string): void {
  const bytes = new TextEncoder().encode(destPath).length;
  if (process.platform !== "win32" && bytes > limits.maxDestPathBytes) {
    throw new Error(
      `${bytes} bytes of path are more than the ${limits.maxDestPathBytes} that leave room for sockets in it`,
    );
  }
  mkdirSync(destPath, { recursive: true, mode: 0o700 });
  const why = whyNotPrivate(statSync(destPath));
  if (why !== undefined) throw new Error(why);
}

/** Jobs' files and sockets lie there: nobody else may read or replace them. */
function whyNotPrivate(stats: Stats): string | undefined {
  if (!stats.isDirectory()) return "it is no folder";
  if (process.platform === "win32") return undefined;
  if (stats.uid !== process.getuid?.()) return "it belongs to another user";
  if ((stats.mode & 0o077) === 0) return undefined;
  const mode = (stats.mode & 0o777).toString(8);
  return `others can use it too (mode ${mode}, where 700 is needed)`;
}

async function removeDead(destPath: string): Promise<void> {
  const names = readdirSync(destPath).map((entry) => namePattern.exec(entry)?.[1]);
  for (const name of new Set(names)) {
    if (name === undefined || await isAlive(destPath, name)) continue;
    rmSync(join(destPath, name), { recursive: true, force: true });
    rmSync(join(destPath, `${name}.sock`), { force: true });
  }
}

async function isAlive(destPath: string, name: string): Promise<boolean> {
  const socketPath = localSocketPath(destPath, `${name}.sock`);
  if (await answers(socketPath)) return true;
  const stats = statSync(join(destPath, `${name}.sock`), { throwIfNoEntry: false });
  const youngMs = stats === undefined ? 0 : bindMs - (Date.now() - stats.mtimeMs);
  if (youngMs <= 0) return false;
  await setTimeout(Math.min(youngMs, bindMs));
  return await answers(socketPath);
}

/** Only these say that nobody listens; a daemon that is busy, or that hangs up at once, lives. */
const deadCodes: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "ENOENT"]);

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", ({ code }: NodeJS.ErrnoException) => resolve(!deadCodes.has(code)));
  });
}

function listenAt(socketPath: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.end();
    });
    server.once("error", reject);
    server.listen(socketPath, () => resolve(server));
  });
}
