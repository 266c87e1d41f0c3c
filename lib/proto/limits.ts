/** Every bound on what comes from outside, named, with its unit last. */
export const limits = {
  /** Nesting depth of a user's value; deeper ones are refused at submit. */
  maxValueDepth: 500,
  /** Items in one container of a value. */
  maxContainerItems: 16_000_000,
  /** Bytes of one encoded value. */
  maxValueBytes: 1024 * 1024 * 1024,
  /** Bytes of one line of NDJSON, CSV or text input. */
  maxInputLineBytes: 64 * 1024 * 1024,
  /** Node daemons of one user on one host that keep results over restarts. */
  maxNodesOfHost: 64,
  /** Bytes of results that a node keeps for lost clients; what comes beyond is a failure that says so. */
  maxKeptBytes: 1024 * 1024 * 1024,
  /** Clusters with a recover file that a node remembers after their end. */
  maxKeptClusters: 65_536,
  /** Nodes that one client names. */
  maxNodes: 4096,
  /** Slots of one local cluster, or of one node. */
  maxSlots: 1024,
  /** `timeoutMs`, backoff and other durations: what a timer of the platform can hold. */
  maxDurationMs: 2_147_483_647,
  /** The least a job may be limited to: what it runs in takes half of that by itself. */
  minMemoryLimitBytes: 100_000_000,
  /** Retries of one job. */
  maxRetries: 1_000_000,
  /** What a job prints, each of stdout and stderr, in UTF-16 units; the rest is cut. */
  maxJobOutputChars: 1024 * 1024,
  /** One message between a host and its executor process. */
  maxExecutorFrameBytes: 2 * 1024 * 1024 * 1024 - 1,
  /** Losses of its node that a reentrant job survives, by default. */
  defaultMaxLosses: 5,
  /** What one start of a program reads from its standard input: whole lines of about this size. */
  defaultBlockBytes: 1024 * 1024,
  maxBlockBytes: 32 * 1024 * 1024,
  /** Files that travel with one computation, and their bytes. */
  maxFiles: 10_000,
  maxFilesBytes: 8 * 1024 * 1024 * 1024,
  /** UTF-8 bytes of the path of such a file. */
  maxFilePathBytes: 1024,
  /** Part of a file that goes in one message, which is one record. */
  fileChunkBytes: 128 * 1024,
  /** Bytes of files that may be under way to a host that has not written them yet. */
  fileWindowBytes: 1024 * 1024,
  /** Files that a node keeps for the next computation; beyond that the least recently used go. */
  maxCachedFileBytes: 4 * 1024 * 1024 * 1024,
  /** What a program prints to one stream and its result has in itself; more goes to a file, which is fetched. */
  maxKeptOutputBytes: 256 * 1024,
  /** Files that a client fetches of one node at a time. */
  maxFetches: 16,
  /** Number of a job in a job log. */
  maxJoblogSeq: 1_000_000_000,
  /** Bytes of one line of a job log. */
  maxJoblogLineBytes: 64 * 1024,
  /** Bytes a peer may send before its handshake is done: the longest handshake message. */
  maxPreAuthBytes: 320,
  /** From accepting a connection to its first handshake message. */
  handshakeFirstMessageMs: 3_000,
  /** From the start of a handshake to its end. */
  handshakeTotalMs: 10_000,
  /** How long a first handshake message is remembered, so that a recording of it is refused. */
  handshakeReplayWindowMs: 60_000,
  /** First handshake messages remembered at once. */
  maxHandshakeReplays: 65_536,
  /** Cluster secrets a key file may hold, the first being the one that is used to dial. */
  maxKeyringSecrets: 3,
  /** Characters of a key file. */
  maxKeyFileChars: 4096,
  /** Ciphertext of one sealed record. */
  maxRecordBytes: 256 * 1024,
  /** One message on a connection, joined from its records. */
  maxMessageBytes: 64 * 1024 * 1024,
  /** Arguments, or result, of a job of a shared scheduler: a message about one job has room for a little more. */
  maxSharedPayloadBytes: 64 * 1024 * 1024 - 64 * 1024,
  /** One message in the bulk lane of a connection: a value, and what stands around it. */
  maxBulkMessageBytes: 1024 * 1024 * 1024 + 16 * 1024 * 1024,
  /** Ciphertext of long records that are being opened on one connection; then it reads no more. */
  maxUnprovenBytes: 2 * 1024 * 1024,
  /** Records under one key, then both sides derive the next. */
  rekeyAfterRecords: 65_536,
  /** Plaintext under one key, then both sides derive the next. */
  rekeyAfterBytes: 1024 * 1024 * 1024,
  /** Items of one list inside a control message. */
  maxTupleItems: 1_000_000,
  /** Length of every discovery packet. */
  discoveryPacketBytes: 512,
  /** Addresses in one discovery packet. */
  maxDiscoveryAddresses: 8,
  /** Places of further daemons in one discovery packet. */
  maxDiscoveryPeers: 8,
  /** Answers to discovery queries: pause between two to one place, and how many a second in all. */
  discoveryReplyPauseMs: 1_000,
  discoveryRepliesPerSecond: 50,
  /** Places that discovery remembers having answered, or waits to ask. */
  maxDiscoveryPlaces: 4096,
  /** Starts of programs whose last packet is remembered, so that a recording of it changes nothing. */
  maxDiscoveryInstances: 16_384,
  /** Daemons that discovery knows at once. */
  maxDiscoveredNodes: 4096,
  /** A daemon that was not heard of for so long is forgotten. */
  discoveryExpiryMs: 180_000,
  /** Connections to discovered nodes that are being made at once. */
  maxDiscoveryDials: 4,
  /** Network interfaces that discovery uses. */
  maxDiscoveryInterfaces: 32,
  /** UTF-8 bytes of the name of a cluster, host or client. */
  maxNameBytes: 64,
  /** Code of computations that a node keeps, in UTF-16 units; beyond that the least recently used goes. */
  maxCachedCodeChars: 64 * 1024 * 1024,
  /** Bytes of the path under which a node keeps its files: sockets below it have paths of at most 103 in all. */
  maxDestPathBytes: 64,
  /** Tags of one node, and UTF-8 bytes of one. */
  maxTags: 32,
  maxTagBytes: 64,
  /** Characters of a daemon's file of options. */
  maxConfigChars: 64 * 1024,
  /** Bytes that wait on one connection before its sender is asked to wait. */
  sendHighWaterBytes: 1024 * 1024,
  /** How long a goodbye may take. */
  closeGraceMs: 2_000,
  /** A connection that lasted so long was a success, after which the next one is dialled without a long wait. */
  steadyConnectionMs: 1_000,
  /** From dialling to an answer of the other host's system. */
  connectTimeoutMs: 4_000,
  /** Bytes sealed and written in one turn of the event loop; what is left waits for the next. */
  maxFlushBytes: 1024 * 1024,
  /** Connections of one listener that are not proven yet, in all and from one address. */
  maxHalfOpen: 64,
  maxHalfOpenPerAddress: 8,
  /** Unproven connections one address may open a second in the long run, and at once. */
  handshakesPerSecond: 10,
  handshakeBurst: 20,
  /** Proven connections of one listener. */
  maxConnections: 1024,
  /** Addresses a listener remembers for these bounds and for its log. */
  maxRememberedAddresses: 4096,
  /** How often refused connections of one kind from one address are told of. */
  refusalReportMs: 60_000,
  /** Text with which a peer explains itself, in UTF-8 bytes. */
  maxRejectionBytes: 512,
  /** Characters of a `known_hosts` or `authorized_keys` file. */
  maxPolicyFileChars: 1024 * 1024,
  /** How often `authorized_keys` is looked at for changes. */
  policyWatchMs: 500,
  /** Bits of guessing that a passphrase must withstand. */
  minPassphraseBits: 80,
  /** Characters of a passphrase. */
  maxPassphraseChars: 1024,
  /** Bytes of the records of one append to a journal. */
  maxJournalAppendBytes: 128 * 1024 * 1024,
  /** Bytes and records that one commit of a journal gathers; a single append may be larger. */
  maxCommitBytes: 1024 * 1024,
  maxCommitRecords: 16_384,
  /** Bytes that a scheduler's journal has not written yet; beyond that it takes no jobs. */
  maxJournalQueueBytes: 64 * 1024 * 1024,
  /** Bytes of the arguments of a cluster's jobs that have not ended. */
  maxOpenBytes: 4 * 1024 * 1024 * 1024,
  /** Jobs of one cluster that have not ended, at most and by default. */
  maxOpenJobs: 1_000_000_000,
  defaultMaxOpenJobs: 2_000_000,
} as const;
