/** Marks a database as a journal of muster: `must` as a number. */
export const applicationId = 0x6d757374;

/**
 * What leads from one version of the tables to the next; an empty database is of version 0. Steps that a release has
 * had stay as they are.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE log (
     seq INTEGER PRIMARY KEY,
     kind INTEGER NOT NULL,
     checksum INTEGER NOT NULL,
     body BLOB NOT NULL
   ) STRICT;
   CREATE TABLE meta (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     first_seq INTEGER NOT NULL,
     snapshot_end INTEGER NOT NULL,
     checksum INTEGER NOT NULL
   ) STRICT;`,
];
