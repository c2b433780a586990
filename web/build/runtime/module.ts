/**
 * WebAssembly modules in their binary format, section by section
 * (https://webassembly.github.io/spec/core/binary/modules.html). Instructions are never read: whoever changes functions
 * replaces a body as a whole, or puts something in front of its instructions.
 */

export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  tag: 13,
} as const;

export interface Section {
  readonly id: number;
  readonly bytes: Uint8Array;
}

const HEADER = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** Reads one thing after the other. */
export class Reader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new Error("internal: the WebAssembly module ends too early");
    return byte;
  }

  take(length: number): Uint8Array {
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  /** An unsigned number in LEB128. */
  number(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  /** A list: its length, then what `read` reads for each. */
  list<T>(read: () => T): T[] {
    return Array.from({ length: this.number() }, read);
  }
}

/** LEB128 of an unsigned number. */
export function number(value: number): number[] {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}

/** LEB128 of an integer of 32 bits with a sign, as `i32.const` has it; `value` is not negative. */
export function integer(value: number): number[] {
  const bytes = number(value);
  // Bit 6 of the last byte is the sign.
  if (bytes.at(-1)! < 64) return bytes;
  return [...bytes.slice(0, -1), bytes.at(-1)! | 128, 0];
}

export function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...number(bytes.length), ...bytes];
}

/** A list whose parts are written already. */
export function list(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return concat([number(parts.length), ...parts]);
}

export function concat(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function readModule(bytes: Uint8Array): Section[] {
  const reader = new Reader(bytes);
  if (HEADER.some((byte) => byte !== reader.byte())) {
    throw new Error("internal: this is not a WebAssembly module");
  }
  const sections: Section[] = [];
  while (!reader.done) {
    const id = reader.byte();
    sections.push({ id, bytes: reader.take(reader.number()) });
  }
  return sections;
}

export function writeModule(sections: readonly Section[]): Uint8Array {
  return concat([
    HEADER,
    ...sections.flatMap(({ id, bytes }) => [[id, ...number(bytes.length)], bytes]),
  ]);
}

/** Bodies of the functions that the module defines: locals and instructions. */
export function readBodies(code: Uint8Array): Uint8Array[] {
  const reader = new Reader(code);
  return reader.list(() => reader.take(reader.number()));
}

export function writeBodies(bodies: readonly Uint8Array[]): Uint8Array {
  return list(bodies.map((body) => concat([number(body.length), body])));
}

/** Puts instructions in front of a body's own. */
export function prefixBody(body: Uint8Array, instructions: readonly number[]): Uint8Array {
  const reader = new Reader(body);
  // Groups of locals: how many, and their type.
  reader.list(() => [reader.number(), reader.byte()]);
  return concat([body.subarray(0, reader.at), instructions, body.subarray(reader.at)]);
}
