/** Posters so large that nobody else should wait for them: decoded in threads of their own, each file once at a time. */

import { Piscina } from "piscina";
import { scriptUrl } from "../../node/script.ts";
import { InputError } from "../../predictor/errors.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import { posterKey } from "./posterCache.ts";
import type { PosterTask } from "./posterWorker.ts";

/** Without work for so long, a thread ends. */
const IDLE_MS = 10_000;

type Decoded = Uint8Array | { readonly fault: string };

export class LargePosters {
  readonly #pool: Piscina;
  readonly #maxPixels: number;
  readonly #running = new Map<string, Promise<Decoded>>();

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
      decoding = (this.#pool.run(task) as Promise<Decoded>).finally(() =>
        this.#running.delete(key),
      );
      this.#running.set(key, decoding);
    }
    const decoded = await decoding;
    if ("fault" in decoded) throw new InputError("poster", decoded.fault);
    return decoded;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
