/** Files in zip archives that are in memory: wheels, and what torch.save writes. */

import { crc32, inflateRawSync } from "node:zlib";
import { type Entry, fromBufferPromise, type ZipFile } from "yauzl";
import { InputError } from "../../predictor/errors.ts";

export interface ZipEntry {
  /** Whether the archive has the content as it is, uncompressed. */
  readonly stored: boolean;
  /** Size of the content, in bytes. */
  readonly size: number;
  /**
   * The content; a view of the archive where it is stored.
   *
   * @throws InputError where it is damaged.
   */
  bytes(): Uint8Array;
}

/** Methods of compression that archives of Python have. */
const STORED = 0;
const DEFLATED = 8;

/**
 * @param bytes The whole archive.
 * @param file Named in errors.
 * @returns The entries by their paths.
 * @throws InputError if it is no whole archive, is encrypted, or is compressed by another method than deflate.
 */
export async function readZip(
  bytes: Uint8Array,
  file: string,
): Promise<ReadonlyMap<string, ZipEntry>> {
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = new Map<string, ZipEntry>();
  try {
    const zip = await fromBufferPromise(archive);
    for await (const entry of zip.eachEntry())
      entries.set(entry.fileName, await readEntry(zip, entry, archive, file));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(file, `is not a complete zip archive: ${(error as Error).message}`);
  }
  return entries;
}

async function readEntry(
  zip: ZipFile,
  entry: Entry,
  archive: Buffer,
  file: string,
): Promise<ZipEntry> {
  const { fileName, compressionMethod, compressedSize, uncompressedSize } = entry;
  const stored = compressionMethod === STORED;
  if (entry.isEncrypted() || (!stored && compressionMethod !== DEFLATED))
    throw new InputError(file, `${fileName} in it is encrypted, or compressed in a way unknown`);
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  const end = fileDataStart + compressedSize;
  if (end > archive.length || (stored && compressedSize !== uncompressedSize))
    throw new InputError(file, `${fileName} in it does not have the size that its header says`);
  const raw = archive.subarray(fileDataStart, end);
  const content = () => {
    if (stored) return raw;
    try {
      return inflateRawSync(raw, { maxOutputLength: Math.max(uncompressedSize, 1) });
    } catch (error) {
      throw new InputError(file, `${fileName} in it is damaged: ${(error as Error).message}`);
    }
  };
  return {
    stored,
    size: uncompressedSize,
    bytes() {
      const data = content();
      if (data.length !== uncompressedSize || crc32(data) !== entry.crc32)
        throw new InputError(file, `${fileName} in it is damaged: its checksum is another one`);
      return data;
    },
  };
}
