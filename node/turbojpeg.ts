/**
 * Ordinary JPEGs by the machine's own libjpeg-turbo, where it has one: a quarter of the time that a whole image pipeline takes,
 * and the same bytes, for sharp and Chromium decode by the same library.
 */

import { createRequire } from "node:module";
import { platform } from "node:os";

/** Debian's libturbojpeg0, Homebrew's jpeg-turbo, the Windows installer's. */
const LIBRARIES: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ["libturbojpeg.so.0"],
  darwin: [
    "/opt/homebrew/opt/jpeg-turbo/lib/libturbojpeg.dylib",
    "/usr/local/opt/jpeg-turbo/lib/libturbojpeg.dylib",
  ],
  win32: ["C:\\libjpeg-turbo64\\bin\\turbojpeg.dll"],
};
/** TJPF_RGB */
const RGB = 0;
/** No flag: as exact as can be. */
const FLAGS = 0;

type TurboJpeg = (bytes: Uint8Array, width: number, height: number) => Uint8Array | undefined;

/** TurboJPEG's functions of version 2, which version 3 still has (turbojpeg.h). */
function open(): TurboJpeg | undefined {
  for (const name of LIBRARIES[platform()] ?? []) {
    try {
      const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
      const library = koffi.load(name);
      const readHeader = library.func(
        "int tjDecompressHeader3(void *, const uint8_t *, unsigned long, _Out_ int *, _Out_ int *, _Out_ int *, _Out_ int *)",
      );
      const decompress = library.func(
        "int tjDecompress2(void *, const uint8_t *, unsigned long, uint8_t *, int, int, int, int, int)",
      );
      const decoder = library.func("void *tjInitDecompress()")() as unknown;
      if (!decoder) continue;
      return (bytes, width, height) => {
        const found = { width: [0], height: [0] };
        const { length } = bytes;
        const read = readHeader(decoder, bytes, length, found.width, found.height, [0], [0]);
        // The library's own reading is what its writing goes by.
        if (read !== 0 || found.width[0] !== width || found.height[0] !== height) return undefined;
        const pixels = new Uint8Array(width * height * 3);
        const size = [width, 0, height] as const;
        // Not 0 for warnings, too.
        const failed = decompress(decoder, bytes, length, pixels, ...size, RGB, FLAGS);
        return failed === 0 ? pixels : undefined;
      };
    } catch {
      // No koffi for this machine, no such library, or another one under its name.
    }
  }
  return undefined;
}

let opened: { readonly decode: TurboJpeg | undefined } | undefined;

/** Opened for the first JPEG: loading it takes some 20 ms, which nobody without one should wait for. */
function turbo(): TurboJpeg | undefined {
  opened ??= { decode: open() };
  return opened.decode;
}

/** Whether the library is there. */
export const hasTurbo = (): boolean => turbo() !== undefined;

/**
 * @param bytes An ordinary JPEG.
 * @param width Of its header, as `height`; pixels.
 * @returns uint8 [height, width, 3] RGB, not turned; undefined where the library is not there, refuses the file or has a warning.
 */
export const decodeTurbo: TurboJpeg = (bytes, width, height) => turbo()?.(bytes, width, height);
