/** Arranges small images in one PNG. */

import sharp from "sharp";

export interface Png {
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface TileLayout {
  /** Height of a tile, in pixels. */
  readonly height: number;
  /** Width of a tile, in pixels. */
  readonly width: number;
  /** Tiles per row. */
  readonly columns: number;
  /** White pixels between tiles, before scaling. */
  readonly gap: number;
  /** Scale: pixels of the PNG per pixel of a tile. */
  readonly zoom: number;
}

const WHITE = 255;

/** @param tiles RGB bytes [height, width, 3] each, at least one. */
export async function tilesToPng(
  tiles: readonly ArrayLike<number>[],
  { height, width, columns, gap, zoom }: TileLayout,
): Promise<Png> {
  const across = Math.min(columns, tiles.length);
  const down = Math.ceil(tiles.length / columns);
  const sheetWidth = across * (width + gap) - gap;
  const sheetHeight = down * (height + gap) - gap;
  const sheet = new Uint8Array(sheetWidth * sheetHeight * 3).fill(WHITE);
  for (const [i, tile] of tiles.entries()) {
    const left = (i % columns) * (width + gap);
    const top = Math.floor(i / columns) * (height + gap);
    for (let y = 0; y < height; y++) {
      const to = ((top + y) * sheetWidth + left) * 3;
      for (let x = 0; x < width * 3; x++) sheet[to + x] = tile[y * width * 3 + x]!;
    }
  }
  const size = { width: sheetWidth * zoom, height: sheetHeight * zoom };
  const png = await sharp(sheet, {
    raw: { width: sheetWidth, height: sheetHeight, channels: 3 },
  })
    .resize({ ...size, kernel: "nearest" })
    .png()
    .toBuffer();
  return { png, ...size };
}
