/** Images as they are decoded, some rows at a time. */

/** Pixels from the top left, row by row without padding. */
export interface Rows {
  readonly width: number;
  readonly height: number;
  /** 3 = RGB, 4 = RGBA, not premultiplied. */
  readonly channels: 3 | 4;
  /**
   * @returns The next rows, uint8 [one or more, width, channels], which the next call overwrites; empty after the last.
   * @throws DecodeError where they are damaged.
   */
  next(): Uint8Array;
}

/** The rows of an image that is decoded already. */
export function rowsOf({
  data,
  width,
  height,
  channels,
}: Omit<Rows, "next"> & { readonly data: Uint8Array | Uint8ClampedArray }): Rows {
  let rest: Uint8Array = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const none = new Uint8Array(0);
  return {
    ...{ width, height, channels },
    next() {
      const rows = rest;
      rest = none;
      return rows;
    },
  };
}
