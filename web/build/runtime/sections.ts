/** What the sections of a WebAssembly module say, as far as it is needed to split ONNX Runtime. */

import { concat, number, Reader, type Section } from "./module.ts";

/** In import and export sections. */
export const KIND = { function: 0, table: 1, memory: 2, global: 3 } as const;
const FUNCTION_TYPE = 0x60;
export const FUNCREF = 0x70;
const I32_CONST = 0x41;
const END = 0x0b;
/** Flag of limits that have a maximum. */
const HAS_MAXIMUM = 1;

export interface FunctionType {
  /** How many. */
  readonly parameters: number;
  readonly results: number;
}

/** @throws Error if there is another type than those of functions. */
export function readTypes(bytes: Uint8Array): FunctionType[] {
  const reader = new Reader(bytes);
  return reader.list(() => {
    if (reader.byte() !== FUNCTION_TYPE) throw unknown("a type that is not a function's");
    const [parameters, results] = [0, 0].map(() => reader.take(reader.number()).length);
    return { parameters: parameters!, results: results! };
  });
}

/** A list of numbers, as the function section is. */
export function readNumbers(bytes: Uint8Array): number[] {
  const reader = new Reader(bytes);
  return reader.list(() => reader.number());
}

/** @returns How many functions are imported, which have the first numbers. */
export function countImportedFunctions(bytes: Uint8Array): number {
  const reader = new Reader(bytes);
  const kinds = reader.list(() => {
    reader.take(reader.number());
    reader.take(reader.number());
    const kind = reader.byte();
    if (kind === KIND.function) reader.number();
    else if (kind === KIND.memory) {
      const flags = reader.byte();
      reader.number();
      if (flags & HAS_MAXIMUM) reader.number();
    } else throw unknown("an import that is neither a function nor a memory");
    return kind;
  });
  return kinds.filter((kind) => kind === KIND.function).length;
}

/** @returns Size of the only table, which never grows. */
export function readTableSize(bytes: Uint8Array): number {
  const reader = new Reader(bytes);
  const [count, type, flags, size, maximum] = [
    reader.number(),
    reader.byte(),
    reader.byte(),
    reader.number(),
    reader.number(),
  ];
  if (count !== 1 || type !== FUNCREF || flags !== HAS_MAXIMUM || size !== maximum) {
    throw unknown("more than a table of functions with a fixed size");
  }
  return size;
}

/** @returns Types of the globals: a number type, and whether they change. */
export function readGlobals(bytes: Uint8Array): (readonly [type: number, changes: number])[] {
  const reader = new Reader(bytes);
  return reader.list(() => {
    const type = [reader.byte(), reader.byte()] as const;
    if (reader.byte() !== I32_CONST) throw unknown("a global that does not start as a constant");
    reader.number();
    if (reader.byte() !== END) throw unknown("a global that does not start as a constant");
    return type;
  });
}

/** @returns How many segments there are, which are all copied by the module's code. */
export function countData(bytes: Uint8Array): number {
  const reader = new Reader(bytes);
  return reader.list(() => {
    if (reader.byte() !== 1) throw unknown("data that is copied before its code runs");
    reader.take(reader.number());
  }).length;
}

/** Adds to the end of a list of any kind. */
export function extendList(bytes: Uint8Array, added: readonly (readonly number[])[]): Uint8Array {
  const reader = new Reader(bytes);
  const length = reader.number();
  return concat([number(length + added.length), bytes.subarray(reader.at), ...added]);
}

/** @param replaced By number of the section; undefined removes it. */
export function replaceSections(
  sections: readonly Section[],
  replaced: Readonly<Record<number, Uint8Array | undefined>>,
): Section[] {
  return sections.flatMap(({ id, bytes }) => {
    const replacement = id in replaced ? replaced[id] : bytes;
    return replacement ? [{ id, bytes: replacement }] : [];
  });
}

const unknown = (what: string) => new Error(`internal: the runtime has ${what}`);
