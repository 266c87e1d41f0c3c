import process from "node:process";

/** Shows what was printed where jobs run while none of them ran: it is nobody's output, and must not be lost. */
export function tellStray(text: string): void {
  if (text !== "") process.stderr.write(text);
}
