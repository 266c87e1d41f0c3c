import type { Link } from "../core/shared/link.ts";
import type { Connection } from "../net/types.ts";
import { failpoint } from "../platform/failpoint.ts";
import type { Logger } from "../platform/logger.ts";
import type { ComputationId, OwnerId } from "../proto/ids.ts";
import { limits } from "../proto/limits.ts";
import type {
  CodeMessage,
  FromClient,
  SchedulerStatus,
  SubmitMessage,
  ToClient,
} from "../proto/scheduler_links.ts";
import type { ClientToScheduler } from "../proto/scheduler_messages.ts";
import { decodeFromClient, encodeToClient } from "../wire/scheduler_client_codec.ts";
import { MalformedTupleError } from "../wire/tuple.ts";
import type { Codes } from "./codes.ts";
import { type Frame, Outflow } from "../net/outflow.ts";
import type { Payloads } from "./payloads.ts";
import { resultMessages } from "./result_messages.ts";
import type { ClientMessage, SchedulerShell } from "./shell.ts";

type OpenMessage = Extract<ClientToScheduler, { type: "open" }>;

/** What all links to clients share. */
export type ClientLinkParts = {
  readonly shell: SchedulerShell;
  readonly payloads: Payloads;
  readonly codes: Codes;
  /** Jobs that a cluster may have open, at most. */
  readonly maxOpenJobs: number;
  readonly statusFor: (owner: OwnerId) => SchedulerStatus;
  /** Code of a computation has come. */
  readonly onCode: (computation: ComputationId) => void;
  readonly log: Logger;
};

/** Clusters that are nobody's in particular, but of all who hold the client secret. */
const everybody = "everybody" as OwnerId;

/** A connection to a client. */
export class ClientLink {
  readonly #connection: Connection;
  readonly #parts: ClientLinkParts;
  readonly #outflow: Outflow<ToClient | ClientMessage>;
  #link: Link | undefined;
  #owner: OwnerId | undefined;
  /** What waits for code. */
  readonly #opening = new Map<ComputationId, OpenMessage[]>();

  /** Listens to the connection until it ends. */
  constructor(connection: Connection, parts: ClientLinkParts) {
    this.#connection = connection;
    this.#parts = parts;
    this.#outflow = new Outflow(connection, {
      encode: (message) => this.#encode(message),
      // Results stand alone: what passes one of them does not change what it means.
      follows: () => false,
    });
    connection.onMessage = (bytes) => this.#receive(bytes);
    connection.onBulk = (bytes) => this.#receive(bytes);
    connection.onClose = () => this.#end();
  }

  *#encode(message: ToClient | ClientMessage): Iterable<Frame> {
    if (message.type === "deliver") yield* resultMessages(message, this.#parts.payloads);
    else yield encodeToClient(message);
  }

  #receive(bytes: Uint8Array): void {
    try {
      this.#handle(decodeFromClient(bytes));
    } catch (error) {
      if (!(error instanceof MalformedTupleError)) throw error;
      // A client of this version does not send such a thing: there is nothing to talk about.
      this.#parts.log.warn(`${this.#connection.peer.name} was disconnected: ${error.message}`);
      this.#connection.destroy();
    }
  }

  #handle(message: FromClient): void {
    if (message.type === "hello") return this.#greet(message.shared);
    if (this.#link === undefined || this.#owner === undefined) {
      throw new MalformedTupleError("Cannot take a message before hello");
    }
    switch (message.type) {
      case "open":
        failpoint("open");
        return this.#open(message);
      case "code":
        return this.#takeCode(message);
      case "submit":
        failpoint("submit");
        return this.#submit(this.#link, message);
      case "askStatus":
        return this.#tellStatus(this.#owner);
      default:
        this.#parts.shell.push({ type: "clientSays", link: this.#link, message });
    }
  }

  #tellStatus(owner: OwnerId): void {
    const { shell, statusFor } = this.#parts;
    shell.afterStep(() => this.#outflow.push({ type: "status", status: statusFor(owner) }));
  }

  #greet(shared: boolean): void {
    if (this.#link !== undefined) throw new MalformedTupleError("Cannot take a second hello");
    const { shell } = this.#parts;
    this.#owner = shared ? everybody : this.#connection.peer.hostKey.toHex() as OwnerId;
    this.#link = shell.addClient({
      tell: (message) => this.#outflow.push(message),
      cut: () => this.#connection.destroy(),
    });
    shell.push({ type: "clientUp", link: this.#link, owner: this.#owner });
  }

  /** A cluster without its code could not run: it is opened once the code is here for good. */
  #open(message: OpenMessage): void {
    const { computation, options } = message;
    const maxOpenJobs = Math.min(options.maxOpenJobs, this.#parts.maxOpenJobs);
    const maxOpenBytes = Math.min(options.maxOpenBytes, limits.maxOpenBytes);
    const bounded = { ...message, options: { ...options, maxOpenJobs, maxOpenBytes } };
    if (this.#parts.codes.get(computation) !== undefined) return this.#openNow(bounded);
    const waiting = this.#opening.get(computation);
    if (waiting !== undefined) return void waiting.push(bounded);
    this.#opening.set(computation, [bounded]);
    this.#outflow.push({ type: "wantCode", computation });
  }

  #openNow(message: OpenMessage): void {
    if (this.#link === undefined) return;
    this.#parts.shell.push({ type: "clientSays", link: this.#link, message });
  }

  #takeCode({ computation, code }: CodeMessage): void {
    const waiting = this.#opening.get(computation);
    if (waiting === undefined) {
      throw new MalformedTupleError("Cannot take code that was not asked for");
    }
    const { codes, log, onCode } = this.#parts;
    try {
      if (!codes.add(computation, code)) {
        throw new MalformedTupleError("Cannot take code that does not match its hash");
      }
    } catch (error) {
      if (error instanceof MalformedTupleError) throw error;
      // It will connect again and bring it once more.
      log.error(`Cannot keep the code of a computation: ${(error as Error).message}`);
      return this.#connection.destroy();
    }
    this.#opening.delete(computation);
    for (const message of waiting) this.#openNow(message);
    onCode(computation);
  }

  /** The arguments go with the jobs, so that the records of those that are taken in have them. */
  #submit(link: Link, { type, cluster, jobs, args }: SubmitMessage): void {
    const { shell } = this.#parts;
    if (shell.trouble !== undefined) {
      const refused = jobs.map(({ job }) => ({ job, why: "quota" as const }));
      return this.#outflow.push({ type: "refused", cluster, jobs: refused });
    }
    const carried = jobs.map((job, index) => ({ ...job, args: args[index] }));
    shell.push({ type: "clientSays", link, message: { type, cluster, jobs: carried } });
  }

  #end(): void {
    if (this.#link === undefined) return;
    const { shell } = this.#parts;
    shell.removeLink(this.#link);
    shell.push({ type: "clientDown", link: this.#link });
  }
}
