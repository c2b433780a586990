/** A request for predictions -> its items: what is small is read at once, what is large in a thread. */

import type { Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Request, RequestHandler } from "express";
import multer from "multer";
import type { Manifest } from "../../predictor/manifest.ts";
import { Blocks } from "../core/body/blocks.ts";
import { BodyThreads } from "../core/body/bodyThreads.ts";
import { rawBody } from "../core/body/rawBody.ts";
import { tooLarge } from "../core/body/unpack.ts";
import { fileInputs } from "../core/inputs/types.ts";
import { jsonLimits } from "../core/items.ts";
import { type Limits, maxBodyBytes } from "../core/route.ts";
import type { Model } from "../engine/model.ts";
import type { Settings } from "../settings.ts";
import { type BodySource, isLight, JSON_TYPES, sourceOf } from "./bodySource.ts";
import { createItemReader, type ItemsRead, type ReadItems } from "./readItems.ts";

/** Form fields beside files: the inputs of any bundle, and the answer's options. */
const MAX_FIELDS = 64;
/** Largest field of a form: decoding it takes a turn of the event loop, up to 5 ms per megabyte of non-ASCII text. */
const MAX_TEXT_BYTES = 1 << 23;

/** The middleware that receives the body, at most `bodyMb` of it. */
export function bodyReceivers(settings: Settings): RequestHandler[] {
  const maxBytes = maxBodyBytes(settings);
  return [
    rawBody({ maxBytes, accepts: (request) => Boolean(request.is(JSON_TYPES)) }),
    multer({
      storage: multer.memoryStorage(),
      limits: {
        fileSize: maxBytes,
        fieldSize: Math.min(maxBytes, MAX_TEXT_BYTES),
        files: settings.maxMovies,
        fields: MAX_FIELDS,
        parts: settings.maxMovies + MAX_FIELDS,
        // A name such as x[9][9][9] makes lists in lists, x[4000000000] a list of as many holes.
        fieldNestingDepth: 1,
        fieldArrayIndexLimit: MAX_FIELDS,
      },
      streamHandler: pipeAtMost(maxBytes),
      // Its types lack the handler.
    } as multer.Options).any() as unknown as RequestHandler,
  ];
}

/** Makes the function that sends a request's body to the reader of forms, which fails when it is too large. */
function pipeAtMost(maxBytes: number) {
  return (request: Request, form: Writable) => {
    let length = 0;
    const gatherer = new Blocks((block) => {
      if (!form.write(block)) request.pause();
    });
    const take = (piece: Buffer) => {
      length += piece.length;
      if (length <= maxBytes) gatherer.add(piece);
      else {
        request.off("data", take);
        form.destroy(tooLarge());
      }
    };
    request.on("data", take);
    request.on("end", () => {
      gatherer.flush();
      form.end();
    });
    form.on("drain", () => request.resume());
    form.on("close", () => request.off("data", take));
  };
}

/**
 * Reads the items of a request whose body was received.
 *
 * @param signal Ends the reading.
 * @throws HttpError or InputError naming the field that is wrong.
 */
export type ReadBody = (request: Request, model: Model, signal: AbortSignal) => Promise<ItemsRead>;

export function createReadBody(readSource: ReadSource): ReadBody {
  return async (request, model, signal) => {
    const read = await readSource(sourceOf(request), model, signal);
    const files = (request.files ?? []) as readonly Express.Multer.File[];
    // Neither the text nor the form is needed any more; let them be collected while the items wait.
    request.body = undefined;
    request.files = [];
    return { ...read, items: read.items.map((job) => withFiles(job, files, model.manifest)) };
  };
}

/** Reads what was sent, but for the files of forms; see `ReadBody`. */
export type ReadSource = (
  source: BodySource,
  model: Model,
  signal: AbortSignal,
) => Promise<ItemsRead>;

export function createReadSource(limits: Limits): ReadSource {
  const threads = new BodyThreads<BodySource, ItemsRead, Limits>({
    script: new URL("./readWorker.ts", import.meta.url),
    own: { maxMovies: limits.maxMovies, maxRatings: limits.maxRatings },
  });
  // What an item may say depends on the model's inputs and data, and the model may be replaced.
  const cache = new WeakMap<Manifest, ReadItems>();
  const readerFor = (manifest: Manifest) => {
    const reader = cache.get(manifest) ?? createItemReader(manifest, limits);
    cache.set(manifest, reader);
    return reader;
  };
  return async (source, model, signal) => {
    const { manifest } = model;
    if (isLight(source, jsonLimits(manifest, limits))) return readerFor(manifest)(source);
    // Receiving the end of a large body has taken a turn of the event loop already.
    await nextTurn();
    const views = source.kind === "json" ? [source.bytes] : [];
    return threads.read(model, source, { views, signal });
  };
}

/** The job with the form's files in the places that it names. */
function withFiles(
  job: ItemsRead["items"][number],
  files: readonly Express.Multer.File[],
  { inputs }: Manifest,
): ItemsRead["items"][number] {
  if (files.length === 0) return job;
  const given = fileInputs(inputs)
    .filter((name) => typeof job.item[name] === "number")
    .map((name) => [name, files[job.item[name] as number]!.buffer]);
  return { ...job, item: { ...job.item, ...Object.fromEntries(given) } };
}
