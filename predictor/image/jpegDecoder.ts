/** JPEG -> RGB by libjpeg-turbo in WebAssembly: the same bytes in every runtime, and from hostile files no more than a refusal. */

/** Bytes of memory; an instance never gives any back, so one that took more is not kept for the next image. */
const KEPT_BYTES = 1 << 25;

interface Instance {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Forgets the last image. Both return addresses, which may be above 2^31. */
  reserve(bytes: number): number;
  decode(file: number, length: number, width: number, height: number): number;
}

/** The part of the WebAssembly API used here: every runtime has it, but TypeScript's ECMAScript libraries do not. */
declare const WebAssembly: {
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly RuntimeError: new () => Error;
};

class Failure extends Error {}

const imports = {
  host: {
    fail() {
      throw new Failure();
    },
  },
};

export class JpegDecoder {
  readonly #module: object;
  #instance: Instance | undefined;

  /** @param module libjpeg/decoder.wasm, compiled. */
  constructor(module: object) {
    this.#module = module;
  }

  /**
   * Decodes a file that `inspectImage` calls ordinary.
   *
   * @param width In pixels, from the JPEG's header; likewise `height`.
   * @returns RGB uint8 [height, width, 3], which the next call overwrites; undefined where the library reports an error or a
   *   warning, or takes more memory than there is.
   */
  decode(file: Uint8Array, width: number, height: number): Uint8Array | undefined {
    const instance = this.#instance ?? this.#open();
    // After a failure, the library's state is unknown.
    this.#instance = undefined;
    let pixels: number;
    try {
      const at = instance.reserve(file.length) >>> 0;
      new Uint8Array(instance.memory.buffer, at, file.length).set(file);
      pixels = instance.decode(at, file.length, width, height) >>> 0;
    } catch (error) {
      if (error instanceof Failure || error instanceof WebAssembly.RuntimeError) return undefined;
      throw error;
    }
    const { buffer } = instance.memory;
    if (buffer.byteLength <= KEPT_BYTES) this.#instance = instance;
    return new Uint8Array(buffer, pixels, width * height * 3);
  }

  #open(): Instance {
    return new WebAssembly.Instance(this.#module, imports).exports as Instance;
  }
}
