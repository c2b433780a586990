/** What was drawn on a canvas, as a file. */

import { strings } from "../strings/strings.ts";

/** Pixels of each side of the pattern. */
const SIDE = 16;

/**
 * Some browsers alter what is read back from a canvas, as a protection against fingerprinting: the model would be given noise.
 *
 * @param what Is left undone, and another way: for the user.
 * @throws Error for the user where the browser alters pictures, or cannot make a file.
 */
export async function fileOf(
  canvas: HTMLCanvasElement,
  what: string,
  type: "image/png" | "image/jpeg",
  quality?: number,
): Promise<Blob> {
  if (isAltered()) {
    throw new Error(strings.inputs.altered(what));
  }
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, quality));
  if (!blob) throw new Error(strings.inputs.makesNoFile(what));
  return blob;
}

/** Draws a known pattern and reads it back. */
export function isAltered(): boolean {
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = SIDE;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return true;
  const drawn = new ImageData(SIDE, SIDE);
  // Many colours, all opaque: transparent ones are rounded.
  for (let i = 0; i < drawn.data.length; i++) drawn.data[i] = i % 4 === 3 ? 255 : (i * 37) & 255;
  context.putImageData(drawn, 0, 0);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  return data.some((value, i) => value !== drawn.data[i]);
}
