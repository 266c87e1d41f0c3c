import type { Command } from "commander";
import { choice } from "../choice.ts";

const policies = ["fair", "fifo", "early"];
const durabilities = ["full", "normal", "memory"];
const logLevels = ["error", "warn", "info", "debug"];

const schedulerHelp = `
Clients hand jobs to it and may leave: it keeps them, and their results, in its journal until they are fetched. A job
that it has accepted is not lost when any program is killed, nor, with --durability full, when the power fails.
Between clients it divides the nodes fairly (fair), or serves what was submitted first (fifo), or whoever opened first
(early). Ctrl-C or SIGTERM ends it; what runs on nodes goes on there, and the next start on the same journal takes it up.
A file for --config is JSON with the flags' names, as {"nodes": ["10.0.0.7"], "policy": "fifo"}; flags win over it.

Examples:
  muster scheduler                                      for the local networks, if there is a secret
  muster scheduler --nodes 10.0.0.7,10.0.0.8:7801       with these nodes and all that are found
  muster scheduler --host 10.0.0.5 --no-discover --nodes 10.0.0.7
  muster scheduler --durability memory                  fast, and forgets all when it ends
  muster scheduler --lost-after 30s                     on a network that fails now and then
  muster scheduler --journal /srv/muster --result-expiry 30d --save-config scheduler.json
`;

/** Adds the command. */
export function addSchedulerCommand(program: Command, setExitCode: (code: number) => void): void {
  program.command("scheduler")
    .summary("keep the jobs of many clients and spread them over nodes")
    .description("Takes jobs of clients that hold the cluster's secret, and has nodes run them.")
    .option("--name <name>", "what to call this scheduler (default: the host's name)")
    .option("--host <addresses...>", "addresses to listen on (default: private ones)")
    .option("--port <port>", "TCP port; 0 takes a free one (default: 7702)")
    .option("--ext-host <addresses...>", "addresses to announce instead, behind a NAT")
    .option("--join <hosts...>", "nodes elsewhere to be introduced by, as host or host:port")
    .option("--nodes <list>", "nodes to use: host or host:port, with commas")
    .option("--no-discover", "use only nodes that are named, or that dial")
    .addOption(choice("--policy <policy>", "whom to serve next (default: fair)", policies))
    .addOption(
      choice("--durability <how>", "when a job counts as kept (default: full)", durabilities),
    )
    .option("--journal <folder>", "private folder for jobs and results")
    .option("--result-expiry <duration>", "forget results after this time (default: 7d)")
    .option(
      "--lost-after <duration>",
      "run a node's jobs elsewhere when it is away so long (default: 9s)",
    )
    .option("--max-open-jobs <n>", "jobs that a cluster may have open (default: 2000000)")
    .option("--max-jobs-per-client <n>", "jobs that all clusters of a client may have open")
    .option("--secret-file <file>", "the cluster's secret")
    .addOption(choice("--log-level <level>", "how much to tell (default: info)", logLevels))
    .option("--config <file>", "take options from a JSON file")
    .option("--save-config <file>", "write the options in effect to such a file")
    .addHelpText("after", schedulerHelp)
    .action(async (flags: Record<string, unknown>) => {
      const { parseSchedulerRequest } = await import("./scheduler_options.ts");
      const { runSchedulerCommand } = await import("./scheduler_command.ts");
      setExitCode(await runSchedulerCommand(parseSchedulerRequest(flags)));
    });
}
