/** Decoded images, by the content of their files. */

import { LRUCache } from "lru-cache";
import { sha256 } from "../../node/files.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";

/** Names the pixels that a file is decoded and scaled to: its content and their size. */
export function imageKey(file: Uint8Array, { height, width }: PosterSpec): string {
  return `${sha256(file)}-${height}x${width}`;
}

export class ImageCache {
  readonly #pixels: LRUCache<string, Uint8Array> | undefined;
  readonly #onLookup: ((found: boolean) => void) | undefined;

  /** @param bytes Memory for pixels; 0 switches the cache off. */
  constructor(bytes: number, onLookup?: (found: boolean) => void) {
    this.#onLookup = onLookup;
    if (bytes > 0) {
      this.#pixels = new LRUCache({
        maxSize: bytes,
        sizeCalculation: (pixels) => pixels.length,
      });
    }
  }

  get isEnabled(): boolean {
    return this.#pixels !== undefined;
  }

  /** @returns The pixels, if they are there, and the key to store them under; undefined if the cache is off. */
  find(file: Uint8Array, spec: PosterSpec): { key: string; pixels?: Uint8Array } | undefined {
    if (!this.#pixels) return undefined;
    const key = imageKey(file, spec);
    const pixels = this.#pixels.get(key);
    this.#onLookup?.(pixels !== undefined);
    return pixels ? { key, pixels } : { key };
  }

  store(key: string, pixels: Uint8Array): void {
    this.#pixels?.set(key, pixels);
  }
}
