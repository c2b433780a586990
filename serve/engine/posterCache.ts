/** Decoded posters, by the content of their files. */

import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";

export class PosterCache {
  readonly #pixels: LRUCache<string, Uint8Array> | undefined;
  readonly #onLookup: ((found: boolean) => void) | undefined;

  /** @param bytes Memory for pixels; 0 keeps none. */
  constructor(bytes: number, onLookup?: (found: boolean) => void) {
    this.#onLookup = onLookup;
    if (bytes > 0) {
      this.#pixels = new LRUCache({
        maxSize: bytes,
        sizeCalculation: (pixels) => pixels.length,
      });
    }
  }

  /** Whether anything is kept. */
  get keeps(): boolean {
    return this.#pixels !== undefined;
  }

  /** @returns The pixels, if they are there, and the name to keep them under; undefined if nothing is kept. */
  find(
    file: Uint8Array,
    { height, width }: PosterSpec,
  ): { key: string; pixels?: Uint8Array } | undefined {
    if (!this.#pixels) return undefined;
    const key = `${createHash("sha256").update(file).digest("base64")}-${height}x${width}`;
    const pixels = this.#pixels.get(key);
    this.#onLookup?.(pixels !== undefined);
    return pixels ? { key, pixels } : { key };
  }

  keep(key: string, pixels: Uint8Array): void {
    this.#pixels?.set(key, pixels);
  }
}
