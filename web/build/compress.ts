/** Brotli and gzip copies beside a site's files, for servers that send such copies. */

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const COMPRESSIBLE = /\.(html|js|css|json|md|svg|txt|webmanifest|wasm|onnx)$/;
/** Bytes; compressing smaller files saves less than the headers take. */
const MIN_BYTES = 1024;
/** Bytes; for larger files, WebGPU's runtime, brotli's best quality would take longer than all others. */
const LARGE = 16_000_000;
/** 2^24 bytes, brotli's largest window that every browser accepts. */
const WINDOW_BITS = 24;

/** `fast`: larger copies, for tests. */
export type Effort = "best" | "fast";

/** @param folder Every file in it, and in its subfolders, gets its copies. */
export async function compressFiles(folder: string, effort: Effort): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  await Promise.all(
    entries
      .filter((entry) => entry.isFile() && COMPRESSIBLE.test(entry.name))
      .map((entry) => compressFile(join(entry.parentPath, entry.name), effort)),
  );
}

async function compressFile(path: string, effort: Effort): Promise<void> {
  const bytes = await readFile(path);
  if (bytes.length < MIN_BYTES) return;
  const best = bytes.length > LARGE ? 9 : constants.BROTLI_MAX_QUALITY;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: effort === "best" ? best : 1,
    [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, { params }));
  await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: effort === "best" ? 9 : 1 }));
}
