import { spawnSync } from "node:child_process";

/** Why there is no pseudo-terminal; false when there is one. */
export const noTerminal: string | false = spawnSync("python3", ["-c", "import pty"]).status === 0
  ? false
  : "python3 and its pty module are needed for a pseudo-terminal";

/**
 * Runs the words after it on a terminal of 24 lines and 80 columns: its standard input is typed there, what appears
 * there is its standard output. Its exit code is that of the program.
 */
const onTerminal = `
import fcntl, os, pty, select, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
sources = [terminal, 0]
while terminal in sources:
    for source in select.select(sources, [], [])[0]:
        try:
            data = os.read(source, 65536)
        except OSError:
            data = b""
        if not data:
            sources.remove(source)
        elif source == terminal:
            os.write(1, data)
        else:
            os.write(terminal, data)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
`;

/** The command that runs a command on a pseudo-terminal. */
export function terminalCommand(command: readonly string[]): string[] {
  return ["python3", "-c", onTerminal, ...command];
}
