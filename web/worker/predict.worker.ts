/** Inference off the page's thread: receives requests and answers each call. */

import { InputError } from "../../predictor/errors.ts";
import { type Model, openModel } from "./model.ts";
import type { ErrorInfo, Request, Response } from "./protocol.ts";

/** Between two reports of progress: longer looks like stutter, shorter costs time. */
const PROGRESS_MS = 50;

let model: Promise<Model> | undefined;
const cancelled = new Set<number>();

const send = (response: Response) => self.postMessage(response);

self.addEventListener("message", ({ data }: MessageEvent<Request>) => {
  if (data.kind === "load") load(data);
  else if (data.kind === "cancel") cancelled.add(data.id);
  else void answer(data);
});

function load({ bundle, ...options }: Extract<Request, { kind: "load" }>): void {
  let last = 0;
  model = openModel(bundle, options, {
    onProgress(part, loaded, total) {
      const now = performance.now();
      if (loaded < total && now - last < PROGRESS_MS) return;
      last = now;
      send({ kind: "loading", part, loaded, total });
    },
    onBundle: (description) => send({ kind: "bundle", bundle: description }),
  });
  model.then(
    ({ info }) => send({ kind: "ready", model: info }),
    (error) => send({ kind: "failed", error: infoOf(error) }),
  );
}

async function answer(call: Extract<Request, { kind: "call" }>): Promise<void> {
  const { id } = call;
  try {
    if (!model) throw new Error("internal: a call before the model was loaded");
    const value = await perform(await model, call);
    send({ kind: "answer", id, value });
  } catch (error) {
    send({ kind: "error", id, error: infoOf(error) });
  } finally {
    cancelled.delete(id);
  }
}

function perform(loaded: Model, { id, name, argument }: Extract<Request, { kind: "call" }>) {
  switch (name) {
    case "file":
      return loaded.file(argument.input, argument.file);
    case "answer":
      return loaded.answer(argument);
    case "occlude":
      return loaded.occlude(
        argument,
        (done, total) => send({ kind: "progress", id, done, total }),
        () => checkCancelled(id),
      );
    case "measure":
      return loaded.measure();
  }
}

class CancelError extends Error {}

/** Lets messages that are waiting in first: one of them may cancel this call. */
async function checkCancelled(id: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  if (cancelled.has(id)) throw new CancelError("cancelled");
}

function infoOf(error: unknown): ErrorInfo {
  const { message } = error as Error;
  if (error instanceof InputError) {
    return { message, field: error.field, detail: error.detail };
  }
  return { message, ...(error instanceof CancelError ? { cancelled: true } : {}) };
}
