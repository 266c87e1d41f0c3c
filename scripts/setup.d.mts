/** Folder of the repository. */
export const root: string;
/** Versions of the runtimes that set-up installs. */
export const versions: { readonly bun: string; readonly deno: string };
/** Path of a runtime's command. */
export function runtimePath(name: "bun" | "deno"): string;
/** Installs the runtimes and all dependencies where they are missing. */
export function setup(): void;
