/**
 * Makes a CUDA library small to carry: machine code of all GPU architectures but one becomes zeros, which compress to nothing,
 * at unchanged offsets. The formats of ELF64 and of NVIDIA's "fat binaries" in its section `.nv_fatbin`, little-endian.
 */

const SECTION = ".nv_fatbin";
const MAGIC = 0xba55ed50;
/** Kinds of entries: PTX, which would be compiled on the machine, and machine code. */
const PTX = 1;
const MACHINE_CODE = 2;

export interface Trimmed {
  /** Bytes of machine code that stay. */
  readonly kept: number;
  /** Bytes that are zeros now. */
  readonly zeroed: number;
}

/**
 * Zeroes, in place, what is not machine code of this architecture.
 *
 * @param architecture Compute capability without its dot, e.g. 90.
 * @throws Error if the library has no such section, or nothing of this architecture.
 */
export function keepArchitecture(library: Buffer, architecture: number): Trimmed {
  const { start, end } = sectionOf(library, SECTION);
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(MAGIC);
  let [kept, zeroed] = [0, 0];
  for (let at = library.indexOf(magic, start); at >= 0 && at < end; ) {
    // Header: magic u32, version u16, its own size u16, size of the entries u64.
    let entry = at + library.readUInt16LE(at + 6);
    const stop = entry + Number(library.readBigUInt64LE(at + 8));
    while (entry < stop) {
      // Entry: kind u16, version u16, its header's size u32, size u64, ..., architecture u32 at 28.
      const kind = library.readUInt16LE(entry);
      const header = library.readUInt32LE(entry + 4);
      const size = Number(library.readBigUInt64LE(entry + 8));
      const isOurs = kind === MACHINE_CODE && library.readUInt32LE(entry + 28) === architecture;
      if (isOurs) kept += size;
      else if (kind === PTX || kind === MACHINE_CODE) {
        library.fill(0, entry + header, entry + header + size);
        zeroed += size;
      }
      entry += header + size;
    }
    at = library.indexOf(magic, stop);
  }
  if (kept === 0) throw new Error(`the library has no machine code for sm_${architecture}`);
  return { kept, zeroed };
}

/** Where a section of an ELF64 file lies. */
function sectionOf(file: Buffer, wanted: string): { start: number; end: number } {
  const table = Number(file.readBigUInt64LE(0x28));
  const size = file.readUInt16LE(0x3a);
  const count = file.readUInt16LE(0x3c);
  const section = (i: number) => ({
    name: file.readUInt32LE(table + i * size),
    start: Number(file.readBigUInt64LE(table + i * size + 0x18)),
    length: Number(file.readBigUInt64LE(table + i * size + 0x20)),
  });
  const names = section(file.readUInt16LE(0x3e)).start;
  for (let i = 0; i < count; i++) {
    const { name, start, length } = section(i);
    const from = names + name;
    if (file.toString("latin1", from, file.indexOf(0, from)) === wanted) {
      return { start, end: start + length };
    }
  }
  throw new Error(`the library has no section ${wanted}`);
}
