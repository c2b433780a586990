/** Threads that read what is large: the event loop answers others meanwhile, whatever a body says. */

import { serialize } from "node:v8";
import pLimit from "p-limit";
import { Piscina } from "piscina";
import { scriptUrl } from "../../../node/script.ts";
import type { Manifest } from "../../../predictor/manifest.ts";
import type { Model } from "../../engine/model.ts";
import { HttpError } from "../problems.ts";
import { movable, type Reading, type ReadingSetup } from "./reading.ts";

/** A thread ends after this long without work. */
const IDLE_MS = 30_000;
/** That read at a time, of all models: what each reads takes about as much memory as a few bodies. */
const MAX_THREADS = 2;

interface Options<Own> {
  /** URL of the thread's script, whose default export is made by `reader`. */
  readonly script: URL;
  readonly own: Own;
}

export class BodyThreads<Task, Result, Own> {
  readonly #options: Options<Own>;
  /** Started when a model is first sent something large; they end with the model. */
  readonly #pools = new WeakMap<Model, Piscina>();
  readonly #turns = pLimit(MAX_THREADS);

  constructor(options: Options<Own>) {
    this.#options = options;
  }

  /**
   * @param views Of the task: moved to the thread instead of copied, where they have their buffer for themselves.
   * @param signal Ends the reading at once.
   * @throws HttpError as the thread's script does.
   */
  async read(
    model: Model,
    task: Task,
    { views, signal }: { readonly views: readonly ArrayBufferView[]; readonly signal: AbortSignal },
  ): Promise<Result> {
    const options = { transferList: movable(views), signal };
    const read = () => this.#poolOf(model).run(task, options) as Promise<Reading<Result>>;
    const reading = await this.#turns(read);
    if ("result" in reading) return reading.result;
    throw new HttpError(reading.code, reading.detail, { issues: reading.issues });
  }

  #poolOf(model: Model): Piscina {
    const known = this.#pools.get(model);
    if (known) return known;
    const { script, own } = this.#options;
    const pool = new Piscina({
      filename: scriptUrl(script).href,
      minThreads: 0,
      maxThreads: MAX_THREADS,
      idleTimeout: IDLE_MS,
      workerData: { manifest: pack(model.manifest), own } satisfies ReadingSetup<Own>,
    });
    // A thread that ends between two tasks is replaced with the next; a task that it takes along has the error.
    pool.on("error", () => {});
    this.#pools.set(model, pool);
    model.onClose(() => pool.destroy());
    return pool;
  }
}

/** Shared by all threads: a copy for each would be made on the event loop. */
function pack(manifest: Manifest): SharedArrayBuffer {
  const bytes = serialize(manifest);
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}
