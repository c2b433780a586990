/** The stack machine that pickles are programs for: its stack, its memory, and where it reads. */

/** What is wrong with a pickle, in words that follow its file's name. */
export class PickleError extends Error {}

const MARK = Symbol("mark");

export class Machine {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
  }

  /** The next `count` bytes. */
  take(count: number): Uint8Array {
    if (count < 0 || count > this.#bytes.length - this.at)
      throw new PickleError(`ends in the middle of its pickle, at byte ${this.#bytes.length}`);
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }

  /** An unsigned little-endian number of 1, 2, 4 or 8 bytes. */
  unsigned(size: 1 | 2 | 4 | 8): number {
    const at = this.at;
    this.take(size);
    if (size === 1) return this.#view.getUint8(at);
    if (size === 2) return this.#view.getUint16(at, true);
    if (size === 4) return this.#view.getUint32(at, true);
    return Number(this.#view.getBigUint64(at, true));
  }

  signed32(): number {
    this.take(4);
    return this.#view.getInt32(this.at - 4, true);
  }

  /** A big-endian double, as pickles have it. */
  double(): number {
    this.take(8);
    return this.#view.getFloat64(this.at - 8);
  }

  text(size: number): string {
    return utf8(this.take(size));
  }

  /** Up to the end of the line, which is passed. */
  line(): string {
    const end = this.#bytes.indexOf(10, this.at);
    const text = utf8(this.take((end < 0 ? this.#bytes.length : end) - this.at));
    this.take(1);
    return text;
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  pop(): unknown {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK)
      throw new PickleError(`takes from an empty stack at byte ${this.at}`);
    return value;
  }

  top(): unknown {
    const value = this.pop();
    this.push(value);
    return value;
  }

  mark(): void {
    this.#stack.push(MARK);
  }

  /** What was pushed since the last mark, which is removed with it. */
  popToMark(): unknown[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw new PickleError(`lacks a mark before byte ${this.at}`);
    const items = this.#stack.splice(mark);
    return items.slice(1);
  }

  /** What the pickle remembers under a number; without one, under the next. */
  remember(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    if (!this.#memo.has(index))
      throw new PickleError(`recalls value ${index} at byte ${this.at}, which it never stored`);
    this.push(this.#memo.get(index));
  }
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new PickleError("holds text that is not UTF-8");
  }
}
