/**
 * Posters so large that other movies should not wait for them: decoded in threads of their own, each file once at a
 * time.
 */

import { Piscina } from "piscina";
import { scriptUrl } from "../../node/script.ts";
import { InputError } from "../../predictor/errors.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import { posterKey } from "./posterCache.ts";
import type { PosterResult, PosterTask } from "./posterWorker.ts";

/** A thread ends after this long without work. */
const IDLE_MS = 10_000;

export class LargePosters {
  readonly #pool: Piscina;
  readonly #maxPixels: number;
  readonly #running = new Map<string, Promise<PosterResult>>();

  constructor({ threads, maxPixels }: { readonly threads: number; readonly maxPixels: number }) {
    this.#maxPixels = maxPixels;
    this.#pool = new Piscina({
      filename: scriptUrl(new URL("./posterWorker.ts", import.meta.url)).href,
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: IDLE_MS,
    });
  }

  /**
   * @returns uint8 [height, width, 3] of the size that the graph reads.
   * @throws InputError if the file cannot be decoded.
   */
  async decode(file: Uint8Array, spec: PosterSpec): Promise<Uint8Array> {
    const key = posterKey(file, spec);
    let decoding = this.#running.get(key);
    if (!decoding) {
      const task: PosterTask = { file, spec, maxPixels: this.#maxPixels };
      decoding = (this.#pool.run(task) as Promise<PosterResult>).finally(() =>
        this.#running.delete(key),
      );
      this.#running.set(key, decoding);
    }
    const result = await decoding;
    if ("detail" in result) throw new InputError("poster", result.detail);
    return result;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
