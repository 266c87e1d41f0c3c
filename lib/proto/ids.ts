/** The identifiers that travel between client, scheduler and nodes; each is branded so they cannot be swapped. */

/** Names one job for its whole life; 128 bits as 32 hex digits, minted by the client (see `client/id_mint.ts`). */
export type JobId = string & { readonly __brand: "JobId" };

/** Names one provider of slots: a local pool or a node daemon. */
export type NodeId = string & { readonly __brand: "NodeId" };

/** SHA-256 of a computation's code text, in hex: the same code has the same id everywhere. */
export type ComputationId = string & { readonly __brand: "ComputationId" };

/** Names one client computation with all its jobs; 128 bits as 32 hex digits, minted by the client. */
export type ClusterId = string & { readonly __brand: "ClusterId" };

/** Names whoever has the right to a cluster, as the scheduler's shell has made sure of. */
export type OwnerId = string & { readonly __brand: "OwnerId" };

/** Names one start of a node: random, and another one after each restart. */
export type InstanceId = string & { readonly __brand: "InstanceId" };

/** Names one journal, and so the scheduler that goes on with it after each restart; random. */
export type SchedulerId = string & { readonly __brand: "SchedulerId" };
