/** One connection, numbered by the shell that has it; no number is used twice within a process. */
export type Link = number;
