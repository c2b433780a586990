/** Inference off the page's thread: receives requests and answers each call. */

import { Trouble } from "../troubles.ts";
import "../noEval.ts";
import { InputError } from "../../predictor/errors.ts";
import { trustLibraries } from "../trusted.ts";
import type { Files } from "./files.ts";
import { type Model, openModel } from "./model.ts";
import type { ErrorInfo, Request, Response } from "./protocol.ts";
import { runtimeFailure } from "./runtimeFailure.ts";

/** Between two reports of progress: longer looks like stutter, shorter costs time. */
const PROGRESS_MS = 50;

trustLibraries();

let model: Promise<Model> | undefined;
let takeFiles: (files: Files) => void;
/** There as soon as the manifest is. */
let files = new Promise<Files>((resolve) => {
  takeFiles = resolve;
});
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
      // The runtime reports two moments, not bytes.
      if (part !== "runtime" && loaded < total && now - last < PROGRESS_MS) return;
      last = now;
      send({ kind: "loading", part, loaded, total });
    },
    onBundle(description, given) {
      takeFiles(given);
      files = Promise.resolve(given);
      send({ kind: "bundle", bundle: description });
    },
  });
  model.then(
    ({ info }) => send({ kind: "ready", model: info }),
    (error) => send({ kind: "failed", error: infoOf(error) }),
  );
}

async function answer(call: Call): Promise<void> {
  const { id } = call;
  try {
    if (!model) throw new Error("internal: a call before the model was loaded");
    const value = await (call.name === "file" ? setFile(model, call) : perform(await model, call));
    send({ kind: "answer", id, value });
  } catch (error) {
    send({ kind: "error", id, error: infoOf(error) });
  } finally {
    cancelled.delete(id);
  }
}

type Call = Extract<Request, { kind: "call" }>;
type FileCall = Extract<Call, { name: "file" }>;

/** Needs the manifest only, so that files are read while the model loads, and after that has failed. */
async function setFile(loading: Promise<Model>, { id, argument }: FileCall) {
  // Without a manifest, the model's error says why.
  await Promise.race([files, loading]);
  return (await files).set(argument.input, argument.file, reportFile(id));
}

function perform(loaded: Model, { id, name, argument }: Exclude<Call, FileCall>) {
  switch (name) {
    case "answer":
      return loaded.answer(argument);
    case "predict":
      // Several may wait for the same session.
      return checkCancelled(id).then(() => loaded.predict(argument));
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

/** Reports how much of a file is read, and lets messages that are waiting in: other inputs are answered meanwhile. */
function reportFile(id: number): (share: number) => Promise<void> | undefined {
  let last = performance.now();
  return (share) => {
    if (performance.now() - last < PROGRESS_MS) return undefined;
    send({ kind: "progress", id, done: share, total: 1 });
    return new Promise((resolve) =>
      setTimeout(() => {
        last = performance.now();
        resolve();
      }),
    );
  };
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
    const { field, detail, issue } = error;
    return { message, field, detail, issue };
  }
  if (error instanceof Trouble) return { message, trouble: error.trouble };
  if (error instanceof CancelError) return { message, cancelled: true };
  // Our own errors are in words; the browser's, such as a RangeError for lack of memory, are not.
  const isOurs = (error as Error).constructor === Error;
  if (isOurs) return { message };
  const failure = runtimeFailure(error);
  if (failure.cause !== undefined) console.warn(failure.cause);
  return { message: failure.message, fault: failure.fault };
}
