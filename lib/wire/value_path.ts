/** One step into a value: an array index, a property name, or text such as `.get("a")` for what is neither. */
export type PathStep = number | string | { readonly text: string };

/** Characters of a path that a message shows. */
const maxPathChars = 200;

/** The steps as JavaScript would write them: `[0].items[3].callback`; "" for no steps. */
export function formatPath(steps: readonly PathStep[]): string {
  let path = "";
  for (const step of steps) {
    if (path.length > maxPathChars) return path.slice(0, maxPathChars) + "…";
    if (typeof step === "number") path += `[${step}]`;
    else if (typeof step === "object") path += step.text;
    else {path += /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step)
        ? `.${step}`
        : `[${JSON.stringify(step)}]`;}
  }
  return path.length > maxPathChars ? path.slice(0, maxPathChars) + "…" : path;
}
