import { z } from "zod";
import { type Requirements, requirementsSchema } from "../../client/requirements.ts";

const keys = ["tag", "platform", "arch", "runtime"];

/** `tag=gpu,tag=ssd,platform=linux` as requirements. */
export const requireFlag = z.string().transform((text, context): Requirements => {
  const fail = (message: string): never => {
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  };
  const tags: string[] = [];
  const others: Record<string, string> = {};
  for (const part of text.split(",")) {
    const [, key = "", value = ""] = /^(\w+)=(.+)$/.exec(part) ?? [];
    if (!keys.includes(key)) {
      return fail(`give ${keys.join(", ")}, each with its value, as in tag=gpu,platform=linux`);
    }
    if (key === "tag") tags.push(value);
    else if (others[key] === undefined) others[key] = value;
    else return fail(`give ${key} once`);
  }
  const parsed = requirementsSchema.safeParse({ ...others, ...(tags.length > 0 && { tags }) });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = issue?.path[0] === "tags" ? "tag" : String(issue?.path[0]);
  return fail(`for ${key}, ${issue?.message}`);
});
