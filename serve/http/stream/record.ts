/** One line of a stream -> the line that answers it. */

import { setMaxListeners } from "node:events";
import { HttpError, isRejection } from "../../core/problems.ts";
import type { RouteContext } from "../../core/route.ts";
import { describeProblem } from "../../core/sendProblem.ts";
import { toHttpError } from "../../core/toHttpError.ts";
import { invalidInput } from "../../core/validation.ts";
import type { ModelRef } from "../../engine/models.ts";
import { nameOf } from "../model.ts";
import type { ReadSource } from "../readBody.ts";
import type { Line } from "./lines.ts";

export interface RecordOptions {
  readonly context: RouteContext;
  readonly ref: ModelRef;
  readonly readSource: ReadSource;
  /** The stream's signal: aborted when the client has gone. */
  readonly signal: AbortSignal;
  /** Logs a bug. */
  readonly onBug: (error: unknown) => void;
}

/** Answers a line: the item's answer with the line's number, or what is wrong with it. Never throws. */
export async function answerLine({ number, bytes }: Line, options: RecordOptions): Promise<string> {
  const { context, signal } = options;
  const { admission, settings } = context;
  const abort = new AbortController();
  // Each image adds a listener.
  setMaxListeners(0, abort.signal);
  const leave = () => abort.abort(signal.reason);
  signal.addEventListener("abort", leave, { once: true });
  const late = () => abort.abort(admission.refuse("timeout"));
  const timer = setTimeout(late, settings.requestTimeoutSeconds * 1000);
  try {
    if (signal.aborted) throw signal.reason;
    if (!bytes) throw new HttpError("too-large", `line ${number}: is above ${settings.bodyMb} MB`);
    return await Promise.race([
      answer(number, bytes, options, abort.signal),
      rejected(abort.signal),
    ]);
  } catch (error) {
    return problemLine(number, error, options);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
  }
}

async function answer(
  line: number,
  bytes: Buffer,
  { context, ref, readSource }: RecordOptions,
  signal: AbortSignal,
): Promise<string> {
  const start = performance.now();
  // Each line by itself: a stream that takes hours does not keep a model that was replaced.
  return context.models.use(ref, async (model) => {
    const { items, many } = await readSource(
      { kind: "json", bytes, charset: "utf-8" },
      model,
      signal,
    );
    if (many) {
      const detail = "is a list; send each item in a line of its own";
      throw invalidInput([{ field: "line", detail }]);
    }
    context.metrics.observe("read", (performance.now() - start) / 1000);
    const found = await model.predict(items[0]!, { signal, arrived: () => {} });
    context.metrics.observe("total", (performance.now() - start) / 1000);
    return JSON.stringify({ line, ...found, model: nameOf(model) });
  });
}

/** @param isLast Whether the stream ends here, and nothing from this line on was answered. */
export function problemLine(
  line: number,
  error: unknown,
  { context, onBug }: Pick<RecordOptions, "context" | "onBug">,
  isLast = false,
): string {
  const problem = toHttpError(error);
  if (problem.code === "internal") onBug(error);
  if (isRejection(problem.code)) context.metrics.reject(problem.code);
  return JSON.stringify({ line, ...(isLast ? { last: true } : {}), ...describeProblem(problem) });
}

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
