/** How much a daemon tells, from least to most; each level holds those before it. */
export const logLevels = ["error", "warn", "info", "debug"] as const;

/** One of {@link logLevels}. */
export type LogLevel = typeof logLevels[number];

/** Takes a line for whoever runs the daemon, by how much it matters. */
export type Logger = { readonly [level in LogLevel]: (text: string) => void };

/**
 * A logger whose lines are `<ISO time> <level> <text>`.
 *
 * @param level Lines beyond it are dropped.
 * @param write Takes a line without its end.
 */
export function createLogger(level: LogLevel, write: (line: string) => void): Logger {
  const shown = logLevels.indexOf(level);
  const tell = (at: LogLevel): (text: string) => void => {
    if (logLevels.indexOf(at) > shown) return () => {};
    return (text) => write(`${new Date().toISOString()} ${at} ${text}`);
  };
  return { error: tell("error"), warn: tell("warn"), info: tell("info"), debug: tell("debug") };
}
