import { type TaskName, tasks } from "../tasks.ts";

/** Numbers and arguments of tasks, in turn: `[id, value, id, value, …]`. */
export type RawRequest = { readonly task: TaskName; readonly body: readonly number[] };

globalThis.onmessage = ({ data: { task, body } }: MessageEvent<RawRequest>) => {
  const answer: number[] = [];
  for (let index = 0; index < body.length; index += 2) {
    answer.push(body[index] ?? -1, tasks[task](body[index + 1] ?? 0));
  }
  (globalThis as unknown as { postMessage(message: number[]): void }).postMessage(answer);
};
