/** What comes from a queue is input: it is checked before anything is done for it. */

import type * as z from "zod";
import { PermanentError, type Task } from "./worker.ts";

/**
 * @param what Of a task, in errors: "job".
 * @param keyOf The key that its sender has to have given it.
 * @throws PermanentError for what is none, or not the one that its key says.
 */
export function parseTask<Payload>(
  { data, key }: Pick<Task, "data" | "key">,
  what: string,
  schema: z.ZodType<Payload>,
  keyOf: (payload: Payload) => string,
): Payload {
  const parsed = schema.safeParse(data);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new PermanentError(`not a ${what}: ${path.join(".") || "the payload"}: ${message}`);
  }
  if (keyOf(parsed.data) !== key) throw new PermanentError(`not a ${what}: its id is not its key`);
  return parsed.data;
}
