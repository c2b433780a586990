/**
 * Decodes ordinary JPEGs with the system's libjpeg-turbo, if it is installed: four times as fast as a full image pipeline,
 * with the same bytes, because sharp and Chromium use the same library.
 */

import { createRequire } from "node:module";
import { platform } from "node:os";

/** Libraries of Debian's libturbojpeg0, Homebrew's jpeg-turbo and the Windows installer. */
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
/** No flags, in particular none that trades accuracy for speed. */
const FLAGS = 0;

type TurboJpeg = (bytes: Uint8Array, width: number, height: number) => Uint8Array | undefined;

/** Opens the library with version 2 of the TurboJPEG API, which version 3 still has (turbojpeg.h). */
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
        const header = { width: [0], height: [0] };
        const { length } = bytes;
        const status = readHeader(decoder, bytes, length, header.width, header.height, [0], [0]);
        // tjDecompress2 sizes its output by its own header parse, which must agree with ours.
        if (status !== 0 || header.width[0] !== width || header.height[0] !== height) {
          return undefined;
        }
        const pixels = new Uint8Array(width * height * 3);
        const pitch = 0; // rows without padding
        // Also not 0 for warnings.
        const failed = decompress(decoder, bytes, length, pixels, width, pitch, height, RGB, FLAGS);
        return failed === 0 ? pixels : undefined;
      };
    } catch {
      // koffi or the library is not installed, or the library has other functions.
    }
  }
  return undefined;
}

let opened: { readonly decode: TurboJpeg | undefined } | undefined;

/** The library, opened with the first JPEG, because loading takes about 20 ms. */
function turbo(): TurboJpeg | undefined {
  opened ??= { decode: open() };
  return opened.decode;
}

/** Whether the library is installed. */
export const hasTurbo = (): boolean => turbo() !== undefined;

/**
 * @param bytes An ordinary JPEG.
 * @param width In pixels, from the JPEG's header; likewise `height`.
 * @returns RGB uint8 [height, width, 3] without applying the orientation; undefined if the library is not installed, or
 *   reports an error or a warning.
 */
export const decodeTurbo: TurboJpeg = (bytes, width, height) => turbo()?.(bytes, width, height);
