/**
 * Images so large that other items should not wait for them: decoded in threads of their own, each file once at a time,
 * and in an order that is fair to those who wait.
 */

import { Piscina } from "piscina";
import type { ImageLimits } from "../../node/poster.ts";
import { scriptUrl } from "../../node/script.ts";
import { InputError } from "../../predictor/errors.ts";
import { imageKey } from "./imageCache.ts";
import type { NamedImage } from "./images.ts";
import type { ImageResult, ImageTask } from "./imageWorker.ts";
import type { LargeImage } from "./predictJob.ts";

/** A thread ends after this long without work. */
const IDLE_MS = 10_000;

type ImageFile = NamedImage & LargeImage & { readonly file: Uint8Array };

/** A file that waits or is decoded, for one request or for several. */
interface Decoding {
  readonly key: string;
  readonly image: ImageFile;
  /** Stands for the request that asked first. */
  readonly owner: object;
  readonly waiters: Set<(result: Promise<ImageResult>) => void>;
  /** Stops the thread that decodes it. */
  readonly stop: AbortController;
}

export class LargeImages {
  readonly #pool: Piscina;
  readonly #threads: number;
  readonly #limits: ImageLimits;
  readonly #decodings = new Map<string, Decoding>();
  #queue: Decoding[] = [];
  #running = 0;
  /** Pixels that were decoded for each request. */
  readonly #served = new WeakMap<object, number>();

  constructor({
    threads,
    imageLimits,
  }: {
    readonly threads: number;
    readonly imageLimits: ImageLimits;
  }) {
    this.#limits = imageLimits;
    this.#threads = threads;
    this.#pool = new Piscina({
      filename: scriptUrl(new URL("./imageWorker.ts", import.meta.url)).href,
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: IDLE_MS,
    });
  }

  /** Images that wait or are being decoded: those that wait are of accepted items. */
  get size(): number {
    return this.#queue.length + this.#running;
  }

  /**
   * @param signal Of the request: once all requests that wait for a file have gone, it is not decoded any further.
   * @returns uint8 [height, width, 3] of the size that the graph reads.
   * @throws InputError naming the input if the file cannot be decoded; the signal's reason if it is aborted.
   */
  async decode(image: ImageFile, signal?: AbortSignal): Promise<Uint8Array> {
    const key = await imageKey(image.file, image.spec);
    signal?.throwIfAborted();
    let decoding = this.#decodings.get(key);
    if (!decoding) {
      const owner = signal ?? {};
      decoding = { key, image, owner, waiters: new Set(), stop: new AbortController() };
      this.#decodings.set(key, decoding);
      this.#queue.push(decoding);
    }
    const result = await this.#wait(decoding, signal);
    if ("issue" in result) throw new InputError(image.name, result.issue);
    return result;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  #wait(decoding: Decoding, signal: AbortSignal | undefined): Promise<ImageResult> {
    return new Promise((resolve, reject) => {
      const settle = (result: Promise<ImageResult>) => {
        signal?.removeEventListener("abort", leave);
        result.then(resolve, reject);
      };
      const leave = () => {
        reject(signal!.reason);
        decoding.waiters.delete(settle);
        if (decoding.waiters.size === 0) this.#abandon(decoding);
      };
      decoding.waiters.add(settle);
      signal?.addEventListener("abort", leave, { once: true });
      this.#pump();
    });
  }

  /** Nobody waits for it any more. */
  #abandon(decoding: Decoding): void {
    this.#forget(decoding);
    this.#queue = this.#queue.filter((other) => other !== decoding);
    // It ends the thread, which must not be in native code then; other formats take less than a second.
    if (decoding.image.isAvif) decoding.stop.abort();
  }

  /** The same file is decoded again if it comes again. */
  #forget(decoding: Decoding): void {
    if (this.#decodings.get(decoding.key) === decoding) this.#decodings.delete(decoding.key);
  }

  #pump(): void {
    while (this.#running < this.#threads && this.#queue.length > 0) {
      const next = this.#queue.reduce((best, each) =>
        this.#costOf(each) < this.#costOf(best) ? each : best,
      );
      this.#queue = this.#queue.filter((other) => other !== next);
      this.#served.set(next.owner, this.#costOf(next));
      void this.#run(next);
    }
  }

  /** Pixels of its request until it is done: small images come first, and no request twice before another. */
  #costOf({ owner, image }: Decoding): number {
    return (this.#served.get(owner) ?? 0) + image.pixels;
  }

  async #run(decoding: Decoding): Promise<void> {
    this.#running++;
    const { file, name, spec } = decoding.image;
    const task: ImageTask = { file, name, spec, imageLimits: this.#limits };
    const { signal } = decoding.stop;
    const result = this.#pool.run(task, { signal }) as Promise<ImageResult>;
    await result.catch(() => {});
    this.#running--;
    this.#forget(decoding);
    for (const settle of decoding.waiters) settle(result);
    this.#pump();
  }
}
