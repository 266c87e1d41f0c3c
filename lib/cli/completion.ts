import type { Command, Option } from "commander";

/** What follows a flag: words to choose from, a file, or anything. */
type Argument = { readonly words: readonly string[] } | "file" | "other" | undefined;

const renderers = { bash: renderBash, zsh: renderZsh, fish: renderFish };

/** Writes a completion script from the commands as they are, so that it knows every flag. */
export function renderCompletion(program: Command, shell: "bash" | "zsh" | "fish"): string {
  return renderers[shell](program);
}

function flagsOf(command: Command): string[] {
  return [...command.options, helpOption(command)].flatMap((option) => namesOf(option));
}

function namesOf(option: Option): string[] {
  return [option.short, option.long].filter((name) => name !== undefined && name !== null);
}

function helpOption(command: Command): Option {
  return command.createOption("-h, --help", "print help");
}

function argumentOf(option: Option): Argument {
  if (!option.required) return undefined;
  if (option.argChoices !== undefined) return { words: option.argChoices };
  return option.flags.includes("<file>") ? "file" : "other";
}

/** What a command takes besides its flags. */
function operandOf(command: Command): NonNullable<Argument> {
  const words = command.registeredArguments[0]?.argChoices;
  return words === undefined ? "file" : { words };
}

function renderBash(program: Command): string {
  const cases = program.commands.map((command) => {
    const values = command.options.map((option) => bashValues(option, program.name())).join("");
    return `    ${command.name()})
      case "$previous" in
${values}      esac
      COMPREPLY=($(compgen -W "${flagsOf(command).join(" ")}" -- "$word"))
      [[ $word == -* ]] || ${bashReply(operandOf(command), program.name())} ;;
`;
  });
  const commands = program.commands.map((command) => command.name()).join(" ");
  return `# bash completion for ${program.name()}
_${program.name()}_files() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "$1"))
}
_${program.name()}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  compopt -o filenames 2>/dev/null
  case "\${COMP_WORDS[1]}" in
${cases.join("")}    *) COMPREPLY=($(compgen -W "${commands} ${
    flagsOf(program).join(" ")
  }" -- "$word")) ;;
  esac
}
complete -F _${program.name()} ${program.name()}
`;
}

function bashValues(option: Option, program: string): string {
  const argument = argumentOf(option);
  if (argument === undefined) return "";
  const names = namesOf(option).join("|");
  return `        ${names}) ${bashReply(argument, program)}; return ;;\n`;
}

function bashReply(argument: NonNullable<Argument>, program: string): string {
  if (argument === "file") return `_${program}_files "$word"`;
  if (argument === "other") return "COMPREPLY=()";
  return `COMPREPLY=($(compgen -W "${argument.words.join(" ")}" -- "$word"))`;
}

function renderZsh(program: Command): string {
  const commands = program.commands.map((command) =>
    `    '${command.name()}:${zshText(command.summary())}'\n`
  );
  const cases = program.commands.map((command) => {
    const specs = [...command.options, helpOption(command)].flatMap(zshSpecs);
    const lines = [...specs, `'*${zshAction(operandOf(command))}'`].map((spec) => `        ${spec}`)
      .join(" \\\n");
    return `      ${command.name()}) _arguments -S \\\n${lines} ;;\n`;
  });
  return `#compdef ${program.name()}
_${program.name()}() {
  local -a commands=(
${commands.join("")}  )
  if (( CURRENT == 2 )); then
    _describe command commands
  else
    shift words; (( CURRENT-- ))
    case $words[1] in
${cases.join("")}    esac
  fi
}
_${program.name()} "$@"
`;
}

function zshSpecs(option: Option): string[] {
  const argument = argumentOf(option);
  const action = argument === undefined ? "" : zshAction(argument);
  return namesOf(option).map((name) => `'${name}[${zshText(option.description)}]${action}'`);
}

function zshAction(argument: NonNullable<Argument>): string {
  if (argument === "file") return ":file:_files";
  return argument === "other" ? ":value: " : `:value:(${argument.words.join(" ")})`;
}

function zshText(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll(/[[\]:]/g, "\\$&");
}

function renderFish(program: Command): string {
  const name = program.name();
  const lines = [`# fish completion for ${name}`];
  for (const command of program.commands) {
    const summary = fishText(command.summary());
    lines.push(
      `complete -c ${name} -n __fish_use_subcommand -f -a ${command.name()} -d '${summary}'`,
    );
    const operand = operandOf(command);
    if (typeof operand === "object") {
      const seen = `'__fish_seen_subcommand_from ${command.name()}'`;
      lines.push(`complete -c ${name} -n ${seen} -f -a '${operand.words.join(" ")}'`);
    }
    for (const option of [...command.options, helpOption(command)]) {
      lines.push(fishLine(name, command.name(), option));
    }
  }
  return `${lines.join("\n")}\n`;
}

function fishLine(program: string, command: string, option: Option): string {
  const argument = argumentOf(option);
  const parts = [`complete -c ${program} -n '__fish_seen_subcommand_from ${command}'`];
  if (option.short) parts.push(`-s ${option.short.slice(1)}`);
  if (option.long) parts.push(`-l ${option.long.slice(2)}`);
  if (argument === "file") parts.push("-r -F");
  else if (argument === "other") parts.push("-x");
  else if (argument !== undefined) parts.push(`-x -a '${argument.words.join(" ")}'`);
  parts.push(`-d '${fishText(option.description)}'`);
  return parts.join(" ");
}

function fishText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
}
