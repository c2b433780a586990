/**
 * Reads an image file's header without decoding the image, so that every host refuses the same files with the same
 * messages, whichever decoder it has.
 */

import { InputError } from "../errors.ts";
import { type Issue, issueOf } from "../issues.ts";
import { readAvif } from "./avif.ts";
import { readGif } from "./gif.ts";
import { type Header, ImageError } from "./header.ts";
import { readJpeg } from "./jpeg.ts";
import { readPng } from "./png.ts";
import { readWebp } from "./webp.ts";

/** Pixels; a larger image is refused before it is decoded (a decompression bomb needs only a few bytes). */
export const MAX_PIXELS = 50_000_000;
/** Pixels; the longest side that every browser can draw. */
export const MAX_SIDE = 16_384;

export type ImageFormat = "jpeg" | "png" | "webp" | "avif" | "gif";

export interface ImageInfo extends Header {
  readonly format: ImageFormat;
}

/** Formats are recognised by their first bytes, not by a file name or media type. */
const FORMATS: readonly [ImageFormat, pattern: RegExp, read: (view: DataView) => Header][] = [
  ["jpeg", /^\xff\xd8\xff/, readJpeg],
  ["png", /^\x89PNG\r\n.\n/s, readPng],
  ["webp", /^RIFF.{4}WEBP/s, readWebp],
  ["gif", /^GIF8[79]a/, readGif],
  ["avif", /^.{4}ftyp(?:.{4})*?avi[fs]/s, readAvif],
];
/** Formats that are often met and not accepted, and what to do. */
const REFUSED: readonly [pattern: RegExp, reason: Issue][] = [
  [
    // HEIF with HEVC, as iPhones store photos; AVIF, which is HEIF, too, is found before.
    /^.{4}ftyp(?:.{4})*?(?:hei[cxms]|hev[cxms]|mif1|msf1)/s,
    issueOf("heic"),
  ],
  [/^(?:II\*\0|MM\0\*)/, issueOf("tiff")],
  [/^BM.{4}\0{4}/s, issueOf("bmp")],
  [/^(?:\xff\n|\0{3}.JXL )/, issueOf("jpegXl")],
  [/^(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|svg)/i, issueOf("svg")],
  [/^%PDF-/, issueOf("pdf")],
];
/** Length of the prefix that the patterns are matched against. */
const SIGNATURE = 64;

/**
 * @param bytes The whole file.
 * @param field Named in errors.
 * @param maxPixels Of the image, width times height.
 * @param maxAvifPixels Of an AVIF, whose decoder takes far more memory than the others.
 * @throws InputError if the file is empty, of no format that is accepted, cut off, or of a kind that decoders disagree on.
 */
export function inspectImage(
  bytes: Uint8Array,
  field: string,
  maxPixels = MAX_PIXELS,
  maxAvifPixels = maxPixels,
): ImageInfo {
  if (bytes.length === 0) throw new InputError(field, issueOf("emptyFile"));
  const found = findFormat(bytes);
  if (!found) throw refusal(field, refusedReason(bytes));
  const [format, , read] = found;
  const header = readHeader(bytes, read, field);
  const { width, height } = header;
  if (width < 1 || height < 1) throw damaged(field);
  const most = format === "avif" ? Math.min(maxPixels, maxAvifPixels) : maxPixels;
  const avif = most < maxPixels;
  if (width * height > most) {
    throw refusal(field, issueOf("tooManyPixels", { width, height, most, avif }));
  }
  if (Math.max(width, height) > MAX_SIDE) {
    throw refusal(field, issueOf("tooLongSide", { width, height, most: MAX_SIDE }));
  }
  return { format, ...header };
}

/** The format that a file's first bytes tell; undefined for one that is not accepted. */
export function formatOf(bytes: Uint8Array): ImageFormat | undefined {
  return findFormat(bytes)?.[0];
}

function findFormat(bytes: Uint8Array): (typeof FORMATS)[number] | undefined {
  const start = startOf(bytes);
  return FORMATS.find(([, pattern]) => pattern.test(start));
}

function refusedReason(bytes: Uint8Array): Issue {
  const start = startOf(bytes);
  const known = REFUSED.find(([pattern]) => pattern.test(start));
  return known?.[1] ?? issueOf("noImage");
}

function startOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, SIGNATURE));
}

function readHeader(bytes: Uint8Array, read: (view: DataView) => Header, field: string): Header {
  try {
    return read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    if (error instanceof ImageError) throw refusal(field, error.issue);
    // DataView throws it for reads beyond the end.
    if (error instanceof RangeError) throw refusal(field, issueOf("cutOff"));
    throw error;
  }
}

/** Whether the issue is with the image file itself: a lack of memory may be temporary. */
export function isOfImage({ code, parts }: Issue): boolean {
  if (code === "emptyFile") return true;
  return code === "notDecoded" && (parts as { reason: Issue }).reason.code !== "noMemory";
}

/** The error for damage that only decoding reveals. */
export function damaged(field: string): InputError {
  return refusal(field, issueOf("damaged"));
}

/** @param reason A clause about "it". */
export function refusal(field: string, reason: Issue): InputError {
  return new InputError(field, issueOf("notDecoded", { reason }));
}
