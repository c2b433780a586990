/**
 * Images so large that other items should not wait for them: decoded in threads of their own, each file once at a
 * time.
 */

import { Piscina } from "piscina";
import { scriptUrl } from "../../node/script.ts";
import { InputError } from "../../predictor/errors.ts";
import { imageKey } from "./imageCache.ts";
import type { NamedImage } from "./images.ts";
import type { ImageResult, ImageTask } from "./imageWorker.ts";

/** A thread ends after this long without work. */
const IDLE_MS = 10_000;

export class LargeImages {
  readonly #pool: Piscina;
  readonly #maxPixels: number;
  readonly #running = new Map<string, Promise<ImageResult>>();

  constructor({ threads, maxPixels }: { readonly threads: number; readonly maxPixels: number }) {
    this.#maxPixels = maxPixels;
    this.#pool = new Piscina({
      filename: scriptUrl(new URL("./imageWorker.ts", import.meta.url)).href,
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: IDLE_MS,
    });
  }

  /**
   * @returns uint8 [height, width, 3] of the size that the graph reads.
   * @throws InputError naming the input if the file cannot be decoded.
   */
  async decode(file: Uint8Array, { name, spec }: NamedImage): Promise<Uint8Array> {
    const key = await imageKey(file, spec);
    let decoding = this.#running.get(key);
    if (!decoding) {
      const task: ImageTask = { file, name, spec, maxPixels: this.#maxPixels };
      decoding = (this.#pool.run(task) as Promise<ImageResult>).finally(() =>
        this.#running.delete(key),
      );
      this.#running.set(key, decoding);
    }
    const result = await decoding;
    if ("detail" in result) throw new InputError(name, result.detail);
    return result;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
