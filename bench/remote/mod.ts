import type { RemoteContender } from "./contender.ts";
import { dask } from "./dask.ts";
import { muster } from "./muster.ts";
import { raw } from "./raw.ts";

/** All that are compared, in the order of the tables. */
export const remoteContenders: readonly RemoteContender[] = [
  muster("submit"),
  muster("map"),
  dask(),
  dask("inf"),
  raw,
];
