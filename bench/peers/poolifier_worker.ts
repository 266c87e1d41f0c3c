import { ThreadWorker } from "poolifier";
import { tasks } from "../tasks.ts";

export default new ThreadWorker<number, number>({
  noop: (value = 0) => tasks.noop(value),
  spin: (value = 0) => tasks.spin(value),
});
