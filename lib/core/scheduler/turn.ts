import type { JobId } from "../../proto/ids.ts";
import type { LeaseRef } from "../../proto/jobs.ts";
import type { JournalRecord } from "../../proto/journal_records.ts";
import type { SchedulerToClient, SubmitRefusal } from "../../proto/scheduler_messages.ts";
import type { Link } from "../shared/link.ts";
import type { SchedulerEffect } from "./effects.ts";
import type { ClusterRecord, JobRecord, NodeRecord } from "./records.ts";
import type { SchedulerState } from "./state.ts";

/** What goes to a node at the end of a step, in one message of each kind. */
type NodeMail = {
  readonly type: "retract" | "stop" | "drop" | "ack";
  readonly afterCommit: boolean;
  readonly leases: LeaseRef[];
};

type ClientMail = {
  readonly accepted: JobId[];
  readonly refused: { readonly job: JobId; readonly why: SubmitRefusal }[];
  readonly deliver: JobId[];
};

/** One step: gathers what is to be written and done. Nothing outlives it but the state. */
export class Turn {
  readonly state: SchedulerState;
  readonly nowMs: number;
  readonly effects: SchedulerEffect[] = [];
  #records: JournalRecord[] | undefined;
  #nodeMail: Map<NodeRecord, NodeMail[]> | undefined;
  #clientMail: Map<ClusterRecord, ClientMail> | undefined;

  constructor(state: SchedulerState, nowMs: number) {
    this.state = state;
    this.nowMs = nowMs;
  }

  /** Has something written to the journal. */
  persist(record: JournalRecord): void {
    this.#records ??= [];
    this.#records.push(record);
  }

  /** Adds to the message of that kind which the node gets at the end of the step. */
  mail(node: NodeRecord, type: NodeMail["type"], lease: LeaseRef, afterCommit: boolean): void {
    this.#nodeMail ??= new Map();
    let mails = this.#nodeMail.get(node);
    if (mails === undefined) this.#nodeMail.set(node, mails = []);
    const mail = mails.find((one) => one.type === type && one.afterCommit === afterCommit);
    if (mail === undefined) mails.push({ type, afterCommit, leases: [lease] });
    else mail.leases.push(lease);
  }

  /** Says that a job was taken in, now or before. */
  accept(cluster: ClusterRecord, job: JobId): void {
    this.#mailOf(cluster).accepted.push(job);
  }

  /** Says that a job was not taken in. */
  refuse(cluster: ClusterRecord, job: JobId, why: SubmitRefusal): void {
    this.#mailOf(cluster).refused.push({ job, why });
  }

  /** Has the result of a job sent. */
  deliver(job: JobRecord): void {
    this.#mailOf(job.cluster).deliver.push(job.id);
  }

  #mailOf(cluster: ClusterRecord): ClientMail {
    this.#clientMail ??= new Map();
    let mail = this.#clientMail.get(cluster);
    if (mail === undefined) {
      this.#clientMail.set(cluster, mail = { accepted: [], refused: [], deliver: [] });
    }
    return mail;
  }

  /** Says something to a client at once. */
  tellClient(link: Link, message: SchedulerToClient, afterCommit = true): void {
    this.effects.push({ type: "toClient", link, message, afterCommit });
  }

  /** All effects, in the order in which to perform them. */
  finish(): SchedulerEffect[] {
    const { effects } = this;
    if (this.#clientMail !== undefined) this.#sendToClients(this.#clientMail);
    if (this.#nodeMail !== undefined) this.#sendToNodes(this.#nodeMail);
    if (this.#records !== undefined) effects.unshift({ type: "persist", records: this.#records });
    return effects;
  }

  #sendToClients(mails: ReadonlyMap<ClusterRecord, ClientMail>): void {
    for (const [{ id: cluster, shared }, { accepted, refused, deliver }] of mails) {
      const link = shared?.link;
      if (link === undefined) continue;
      if (accepted.length > 0) this.tellClient(link, { type: "accepted", cluster, jobs: accepted });
      if (refused.length > 0) this.tellClient(link, { type: "refused", cluster, jobs: refused });
      if (deliver.length > 0) this.effects.push({ type: "deliver", link, cluster, jobs: deliver });
    }
  }

  #sendToNodes(all: ReadonlyMap<NodeRecord, NodeMail[]>): void {
    for (const [{ id: node, remote }, mails] of all) {
      const link = remote?.link;
      if (link === undefined) continue;
      for (const { type, leases, afterCommit } of mails) {
        this.effects.push({ type: "toNode", node, link, message: { type, leases }, afterCommit });
      }
    }
  }
}
