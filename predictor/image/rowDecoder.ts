/**
 * JPEG, PNG or WebP -> rows of pixels by the format's own library in WebAssembly: the same bytes in every runtime, and from
 * hostile files no more than a refusal.
 */

import type { Rows } from "./rows.ts";

/** Bytes of memory; an instance never gives any back, so one that took more is not kept for the next image. */
const KEPT_BYTES = 1 << 25;

/** The libraries: each has a folder here with its decoder, compiled by tools/imageDecoders.ts. */
export const LIBRARIES = {
  jpeg: { folder: "libjpeg", library: "libjpeg-turbo 3.1.0" },
  png: { folder: "libpng", library: "libpng 1.6.50, zlib 1.3.2" },
  webp: { folder: "libwebp", library: "libwebp 1.6.0" },
} as const;

export type RowFormat = keyof typeof LIBRARIES;

/** An image cannot be decoded. */
export class DecodeError extends Error {
  readonly reason: "damaged" | "memory";

  constructor(reason: DecodeError["reason"]) {
    super(reason);
    this.reason = reason;
  }
}

/** What every decoder.wasm exports. Addresses may be above 2^31. */
interface Instance {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Forgets the last image. Returns where the file has to be written. */
  reserve(bytes: number): number;
  /** Returns the number of channels. */
  open(file: number, length: number, width: number, height: number): number;
  /** Decodes the next rows and returns their number. */
  read(): number;
  /** Where they are. */
  pixels(): number;
}

/** The part of the WebAssembly API used here: every runtime has it, but TypeScript's ECMAScript libraries do not. */
declare const WebAssembly: {
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly RuntimeError: new () => Error;
};

/** By the numbers in wasm/heap.h. */
const REASONS = ["damaged", "memory"] as const;

const imports = {
  host: {
    fail(reason: number) {
      throw new DecodeError(REASONS[reason]!);
    },
  },
};

export class RowDecoder {
  readonly #module: object;
  #kept: Instance | undefined;

  /** @param module A decoder.wasm, compiled. */
  constructor(module: object) {
    this.#module = module;
  }

  /**
   * @param width In pixels, from the file's header; likewise `height`.
   * @returns The image's rows, which another image overwrites once the last is read.
   * @throws DecodeError if the library reports an error, the file is of another size, or takes more memory than there is.
   */
  open(file: Uint8Array, width: number, height: number): Rows {
    const instance = this.#kept ?? this.#start();
    // Whose image is not read to its end, or fails, has an unknown state.
    this.#kept = undefined;
    const channels = attempt(() => {
      const at = instance.reserve(file.length) >>> 0;
      new Uint8Array(instance.memory.buffer, at, file.length).set(file);
      return instance.open(at, file.length, width, height) as 3 | 4;
    });
    const stride = width * channels;
    let left = height;
    return {
      width,
      height,
      channels,
      next: () => {
        const count = left === 0 ? 0 : attempt(() => instance.read());
        left -= count;
        const { buffer } = instance.memory;
        if (left === 0 && buffer.byteLength <= KEPT_BYTES) this.#kept = instance;
        return new Uint8Array(buffer, instance.pixels() >>> 0, count * stride);
      },
    };
  }

  #start(): Instance {
    return attempt(() => new WebAssembly.Instance(this.#module, imports).exports as Instance);
  }
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    // A trap: the library read or wrote beyond its memory.
    if (error instanceof WebAssembly.RuntimeError) throw new DecodeError("damaged");
    // There is no room for an instance's first page.
    if (error instanceof RangeError) throw new DecodeError("memory");
    throw error;
  }
}
