/** Puts small pieces of a body together: a client may send each byte by itself, and each piece takes more than a byte. */

/** Pieces that are passed on as they are: most bodies have no more. */
const FREE_PIECES = 64;
/** Larger pieces are passed on as they are. */
const SMALL_BYTES = 4096;
const BLOCK_BYTES = 1 << 16;

export class Blocks {
  readonly #take: (block: Buffer) => void;
  #pieces = 0;
  #block: Buffer | undefined;
  #length = 0;

  /** @param take Given all bytes in order. */
  constructor(take: (block: Buffer) => void) {
    this.#take = take;
  }

  add(piece: Buffer): void {
    if (this.#pieces++ < FREE_PIECES || piece.length > SMALL_BYTES) {
      this.flush();
      this.#take(piece);
      return;
    }
    if (this.#length + piece.length > BLOCK_BYTES) this.flush();
    this.#block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#length += piece.copy(this.#block, this.#length);
  }

  /** Passes on what has been put together. */
  flush(): void {
    if (this.#block && this.#length > 0) this.#take(this.#block.subarray(0, this.#length));
    this.#block = undefined;
    this.#length = 0;
  }
}
