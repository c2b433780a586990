/** Decoded images, by the content of their files. */

import { webcrypto } from "node:crypto";
import { LRUCache } from "lru-cache";
import { sha256 } from "../../node/files.ts";
import { type PosterSpec, sizeName } from "../../predictor/preprocess/poster.ts";

/** Bytes of a file that is hashed at once, in 0.1 ms; larger ones are hashed in a thread of Node's pool. */
const HASHED_AT_ONCE = 1 << 16;

/** Names the pixels that a file is decoded and scaled to: its content and their size. */
export async function imageKey(file: Uint8Array, spec: PosterSpec): Promise<string> {
  const hash =
    file.length <= HASHED_AT_ONCE
      ? sha256(file)
      : Buffer.from(await webcrypto.subtle.digest("SHA-256", file)).toString("hex");
  return `${hash}-${sizeName(spec)}`;
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
  async find(
    file: Uint8Array,
    spec: PosterSpec,
  ): Promise<{ key: string; pixels?: Uint8Array } | undefined> {
    if (!this.#pixels) return undefined;
    const key = await imageKey(file, spec);
    const pixels = this.#pixels.get(key);
    this.#onLookup?.(pixels !== undefined);
    return pixels ? { key, pixels } : { key };
  }

  store(key: string, pixels: Uint8Array): void {
    this.#pixels?.set(key, pixels);
  }
}
