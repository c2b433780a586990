/** Poster files -> pixels, off the event loop, a bounded number at a time, and each file once. */

import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { Piscina } from "piscina";
import { InputError } from "../../predictor/errors.ts";
import type { DecodedImage, PosterSpec } from "../../predictor/preprocess/poster.ts";
import type { PosterTask } from "./posterWorker.ts";

interface Options {
  readonly threads: number;
  /** Of one poster. */
  readonly maxPixels: number;
  /** Memory for decoded posters; 0 keeps none. */
  readonly cacheBytes: number;
  readonly onLookup?: (found: boolean) => void;
}

type Decoded = Uint8Array | { readonly fault: string };

export class PosterDecoder {
  readonly #pool: Piscina;
  readonly #options: Options;
  readonly #cache: LRUCache<string, Uint8Array> | undefined;
  /** Of files that several requests bring at once, the first is decoded. */
  readonly #running = new Map<string, Promise<Decoded>>();

  constructor(options: Options) {
    this.#options = options;
    this.#pool = new Piscina({
      filename: new URL("./posterWorker.ts", import.meta.url).href,
      minThreads: options.threads,
      maxThreads: options.threads,
    });
    if (options.cacheBytes > 0) {
      this.#cache = new LRUCache({
        maxSize: options.cacheBytes,
        sizeCalculation: (pixels) => pixels.length,
      });
    }
  }

  /**
   * @param bytes JPEG, PNG, WebP, AVIF or GIF.
   * @param spec Size that the graph reads; a poster that has it already is taken by the predictor as it is.
   * @throws InputError without field, whatever is wrong with the file.
   */
  async decode(bytes: Uint8Array, spec: PosterSpec): Promise<DecodedImage> {
    const { width, height } = spec;
    const key = `${createHash("sha256").update(bytes).digest("base64")}-${height}x${width}`;
    const cached = this.#cache?.get(key);
    this.#options.onLookup?.(cached !== undefined);
    if (cached) return { data: cached, width, height, channels: 3 };
    const decoded = await (this.#running.get(key) ?? this.#start(key, bytes, spec));
    if ("fault" in decoded) throw new InputError("poster", decoded.fault);
    return { data: decoded, width, height, channels: 3 };
  }

  async #start(key: string, bytes: Uint8Array, spec: PosterSpec): Promise<Decoded> {
    // A copy of just these bytes: they may be part of a whole request.
    const task: PosterTask = {
      bytes: new Uint8Array(bytes),
      spec,
      maxPixels: this.#options.maxPixels,
    };
    const running = this.#pool.run(task, {
      transferList: [task.bytes.buffer as ArrayBuffer],
    }) as Promise<Decoded>;
    this.#running.set(key, running);
    try {
      const decoded = await running;
      if (!("fault" in decoded)) this.#cache?.set(key, decoded);
      return decoded;
    } finally {
      this.#running.delete(key);
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
