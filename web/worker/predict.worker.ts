/** Inference off the page's thread: takes requests in, gives each call its answer. */

import { InputError } from "../../predictor/errors.ts";
import { type Model, openModel } from "./model.ts";
import type { Fault, Request, Response } from "./protocol.ts";

/** Less often would be seen as stutter, more often costs time. */
const PROGRESS_MS = 50;

let model: Promise<Model> | undefined;
const cancelled = new Set<number>();

const say = (response: Response) => self.postMessage(response);

self.addEventListener("message", ({ data }: MessageEvent<Request>) => {
  if (data.kind === "load") load(data);
  else if (data.kind === "cancel") cancelled.add(data.id);
  else void answer(data);
});

function load({ bundle, provider, precisions }: Extract<Request, { kind: "load" }>): void {
  let last = 0;
  model = openModel(bundle, provider, precisions, (part, loaded, total) => {
    const now = performance.now();
    if (loaded < total && now - last < PROGRESS_MS) return;
    last = now;
    say({ kind: "loading", part, loaded, total });
  });
  model.then(
    ({ info }) => say({ kind: "ready", model: info }),
    (error) => say({ kind: "failed", fault: faultOf(error) }),
  );
}

async function answer(call: Extract<Request, { kind: "call" }>): Promise<void> {
  const { id } = call;
  try {
    if (!model) throw new Error("internal: a call before the model was loaded");
    const value = await perform(await model, call);
    say({ kind: "answer", id, value });
  } catch (error) {
    say({ kind: "fault", id, fault: faultOf(error) });
  } finally {
    cancelled.delete(id);
  }
}

function perform(loaded: Model, { id, name, argument }: Extract<Request, { kind: "call" }>) {
  switch (name) {
    case "poster":
      return loaded.poster(argument);
    case "answer":
      return loaded.answer(argument);
    case "occlude":
      return loaded.occlude(
        argument,
        (done, total) => say({ kind: "progress", id, done, total }),
        () => checkCancelled(id),
      );
    case "measure":
      return loaded.measure();
  }
}

class Cancelled extends Error {}

/** Lets waiting messages in first: one of them may be the cancellation. */
async function checkCancelled(id: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  if (cancelled.has(id)) throw new Cancelled("cancelled");
}

function faultOf(error: unknown): Fault {
  const { message } = error as Error;
  if (error instanceof InputError) {
    return { message, field: error.field, detail: error.detail };
  }
  return { message, ...(error instanceof Cancelled ? { cancelled: true } : {}) };
}
