import type { LeaseRef } from "../../proto/jobs.ts";

/** Text that is the same for the same lease only: a job may have leases of several epochs at once. */
export function leaseKey({ job, lease, epoch }: LeaseRef): string {
  return `${job}#${lease}@${epoch}`;
}
