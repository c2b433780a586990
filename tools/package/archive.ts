/** A hand-in as a zip archive: the same files give the same bytes. */

import { buffer } from "node:stream/consumers";
import { fromBufferPromise } from "yauzl";
import { ZipFile } from "yazl";
import type { Contents } from "./contents.ts";

/** The earliest that the format can say: an archive must not depend on when it was made. */
const OPTIONS = { mtime: new Date(1980, 0, 1), forceDosTimestamp: true } as const;
const REGULAR_FILE = 0o100000;
const OWNER_RUNS = 0o100;

/** @param folder That everything is in. */
export function pack(folder: string, contents: Contents): Promise<Buffer> {
  const archive = new ZipFile();
  const paths = [...contents.keys()].sort();
  for (const path of paths) {
    const { content, isExecutable } = contents.get(path)!;
    const mode = REGULAR_FILE | (isExecutable ? 0o755 : 0o644);
    archive.addBuffer(Buffer.from(content), `${folder}/${path}`, { ...OPTIONS, mode });
  }
  archive.end();
  return buffer(archive.outputStream as NodeJS.ReadableStream);
}

/** The files by their paths, in the archive's order. */
export async function unpack(archive: Buffer): Promise<Contents> {
  const contents: Contents = new Map();
  const zip = await fromBufferPromise(archive);
  for await (const entry of zip.eachEntry()) {
    contents.set(entry.fileName, {
      content: await buffer(await zip.openReadStreamPromise(entry)),
      isExecutable: ((entry.externalFileAttributes >>> 16) & OWNER_RUNS) !== 0,
    });
  }
  return contents;
}
