import { Argument, type Command } from "commander";
import process from "node:process";

const completionHelp = `
Examples:
  muster completion bash > /etc/bash_completion.d/muster
  muster completion zsh > "\${fpath[1]}/_muster"
  muster completion fish > ~/.config/fish/completions/muster.fish
`;

/** Adds the command. */
export function addCompletionCommand(program: Command): void {
  program.command("completion")
    .summary("print a completion script for a shell")
    .description("Prints a script that completes commands and flags in bash, zsh or fish.")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]))
    .addHelpText("after", completionHelp)
    .action(async (shell: "bash" | "zsh" | "fish") => {
      const { renderCompletion } = await import("./completion.ts");
      process.stdout.write(renderCompletion(program, shell));
    });
}
