/** Zip archives, byte by byte (PKWARE's APPNOTE.TXT, 4.3). */

import { crc32, deflateRawSync } from "node:zlib";

export interface ZipContent {
  readonly path: string;
  readonly content: Uint8Array;
  readonly deflated?: boolean;
  /** Other values in the header than the content has. */
  readonly wrong?: { readonly crc?: number; readonly size?: number; readonly method?: number };
}

const u16 = (value: number) => [value & 255, value >> 8];
const u32 = (value: number) => [...u16(value & 65535), ...u16(value >>> 16)];

export function zipFile(contents: readonly ZipContent[]): Uint8Array {
  const locals: number[] = [];
  const directory: number[] = [];
  for (const { path, content, deflated = false, wrong = {} } of contents) {
    const name = [...new TextEncoder().encode(path)];
    const data = [...(deflated ? deflateRawSync(content) : content)];
    const common = [
      ...u16(20), // version
      ...u16(0), // flags
      ...u16(wrong.method ?? (deflated ? 8 : 0)),
      ...u32(0), // date
      ...u32(wrong.crc ?? crc32(content)),
      ...u32(data.length),
      ...u32(wrong.size ?? content.length),
      ...u16(name.length),
      ...u16(0), // extra
    ];
    const comment = [...u16(0), ...u16(0), ...u16(0), ...u32(0)];
    directory.push(...u32(0x02014b50), ...u16(20), ...common, ...comment);
    directory.push(...u32(locals.length), ...name);
    locals.push(...u32(0x04034b50), ...common, ...name, ...data);
  }
  const counts = [...u16(contents.length), ...u16(contents.length)];
  return Uint8Array.from([
    ...locals,
    ...directory,
    ...u32(0x06054b50),
    ...u32(0),
    ...counts,
    ...u32(directory.length),
    ...u32(locals.length),
    ...u16(0),
  ]);
}
