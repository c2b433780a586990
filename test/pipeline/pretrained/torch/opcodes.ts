/** Pickles byte by byte (Python's Lib/pickletools.py). */

export type Bytes = readonly number[];

const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];
const u32 = (value: number): number[] => [0, 8, 16, 24].map((bits) => (value >>> bits) & 255);

export const PROTO_2 = [0x80, 2];
export const STOP = [0x2e];
export const MARK = [0x28];
export const NONE = [0x4e];
export const FALSE = [0x89];
export const EMPTY_TUPLE = [0x29];
export const EMPTY_DICT = [0x7d];
export const REDUCE = [0x52];
export const BUILD = [0x62];
export const SETITEMS = [0x75];
export const BINPERSID = [0x51];

export const int = (value: number): Bytes => [0x4a, ...u32(value)];
export const text = (value: string): Bytes => [0x58, ...u32(ascii(value).length), ...ascii(value)];
export const global = (module: string, name: string): Bytes => [
  0x63,
  ...ascii(`${module}\n${name}\n`),
];
export const tuple = (...items: readonly Bytes[]): Bytes => [...MARK, ...items.flat(), 0x74];
export const list = (...items: readonly Bytes[]): Bytes => [0x5d, ...MARK, ...items.flat(), 0x65];
export const orderedDict = (...pairs: readonly Bytes[]): Bytes => [
  ...global("collections", "OrderedDict"),
  ...EMPTY_TUPLE,
  ...REDUCE,
  ...MARK,
  ...pairs.flat(),
  ...SETITEMS,
];

interface TensorBytes {
  readonly storage?: string;
  readonly key: string;
  /** Elements of the storage. */
  readonly count: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly part?: Bytes;
}

/** What torch.save writes for a tensor. Archives have no part of a storage; older files do. */
export function tensor(given: TensorBytes): Bytes {
  const { storage = "FloatStorage", key, count, offset = 0, shape, strides, part } = given;
  const id = [text("storage"), global("torch", storage), text(key), text("cpu"), int(count)];
  const args = [
    [...tuple(...id, ...(part ? [part] : [])), ...BINPERSID],
    int(offset),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    FALSE,
    [...global("collections", "OrderedDict"), ...EMPTY_TUPLE, ...REDUCE],
  ];
  return [...global("torch._utils", "_rebuild_tensor_v2"), ...tuple(...args), ...REDUCE];
}

export const pickle = (value: Bytes): Bytes => [...PROTO_2, ...value, ...STOP];
