/** What pickles of PyTorch name, and what it means: storages, and tensors as views of them (torch/_utils.py). */

import { Callable, type PickleRules } from "./pickle.ts";
import { PickleError } from "./pickleMachine.ts";
import { ELEMENTS, type ElementType, elementCount, type Weight } from "./weight.ts";

/** A run of elements in a file, which any number of tensors are views of. */
export interface Storage {
  readonly type: ElementType;
  /** Number of elements. */
  readonly count: number;
  /** Little-endian. */
  readonly bytes: () => Uint8Array;
}

/** A persistent id: `("storage", type, key, device, number of elements, part)`. */
export interface StorageId {
  readonly type: ElementType;
  readonly key: string;
  readonly count: number;
  /** In files before PyTorch 0.4, where the storage is a part of another one: [its key, first element, number of elements]. */
  readonly part: unknown;
}

const STORAGE_TYPES: Readonly<Record<string, ElementType>> = {
  DoubleStorage: "F64",
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
};

/** A type of storage stands for itself in a pickle. */
class StorageType {
  readonly type: ElementType;

  constructor(type: ElementType) {
    this.type = type;
  }
}

class StorageReference {
  readonly storage: Storage;

  constructor(storage: Storage) {
    this.storage = storage;
  }
}

/** A tensor in a pickle. */
export class TensorView implements Weight {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly #storage: Storage;
  /** The first element, and how far apart two neighbours along each axis are, in elements. */
  readonly #offset: number;
  readonly #strides: readonly number[];

  constructor(
    storage: Storage,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
  ) {
    this.type = storage.type;
    this.shape = shape;
    this.#storage = storage;
    this.#offset = offset;
    this.#strides = strides;
  }

  bytes(): Uint8Array {
    const { size } = ELEMENTS[this.type];
    const source = this.#storage.bytes();
    const start = this.#offset * size;
    const count = elementCount(this.shape);
    if (isContiguous(this.shape, this.#strides))
      return source.subarray(start, start + count * size);
    const target = new Uint8Array(count * size);
    for (let i = 0; i < count; i++) {
      const from = start + this.#placeOf(i) * size;
      target.set(source.subarray(from, from + size), i * size);
    }
    return target;
  }

  /** How far the `index`-th element in the order of the axes is from the first one. */
  #placeOf(index: number): number {
    let place = 0;
    let rest = index;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      const size = this.shape[axis] as number;
      place += (rest % size) * (this.#strides[axis] as number);
      rest = Math.floor(rest / size);
    }
    return place;
  }
}

/** Whether the elements lie one after another, in the order of the axes. */
function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    if (size !== 1 && strides[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}

const isSize = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
const areSizes = (value: unknown): value is number[] => Array.isArray(value) && value.every(isSize);

/** `_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)`. */
function rebuildTensor(args: readonly unknown[]): TensorView {
  const [reference, offset, shape, strides] = args;
  if (!(reference instanceof StorageReference))
    throw new PickleError("holds a tensor without a storage");
  if (!isSize(offset) || !areSizes(shape) || !areSizes(strides) || shape.length !== strides.length)
    throw new PickleError(
      `holds a tensor of the shape [${shape}] with strides [${strides}] at element ${offset}, which are no sizes`,
    );
  const { storage } = reference;
  const count = elementCount(shape);
  const reach = shape.reduce((sum, size, i) => sum + (size - 1) * (strides[i] as number), 1);
  if (count > 0 && offset + reach > storage.count)
    throw new PickleError(
      `holds a tensor of the shape [${shape}] that reaches to element ${offset + reach} of a storage of ${storage.count}`,
    );
  // torch.expand makes views of any size out of one element.
  if (count > storage.count)
    throw new PickleError(
      `holds an expanded tensor: ${count} elements, ${storage.count} of them stored. Call contiguous() before saving`,
    );
  return new TensorView(storage, offset, shape, strides);
}

/** `_rebuild_parameter(tensor, requires_grad, hooks)`. */
function rebuildParameter([tensor]: readonly unknown[]): TensorView {
  if (!(tensor instanceof TensorView)) throw new PickleError("holds a parameter without a tensor");
  return tensor;
}

/** `OrderedDict()`, or of a list of pairs. */
function orderedDict([pairs = []]: readonly unknown[]): Map<unknown, unknown> {
  if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2))
    throw new PickleError("holds an OrderedDict of something else than pairs");
  return new Map(pairs as [unknown, unknown][]);
}

const GLOBALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["collections.OrderedDict", new Callable(orderedDict)],
  ["torch._utils._rebuild_tensor_v2", new Callable(rebuildTensor)],
  ["torch._utils._rebuild_parameter", new Callable(rebuildParameter)],
  ...Object.entries(STORAGE_TYPES).map(
    ([name, type]) => [`torch.${name}`, new StorageType(type)] as const,
  ),
]);

/** @param find The storage of an id. It may throw PickleError. */
export function torchRules(find: (id: StorageId) => Storage): PickleRules {
  return {
    globals: GLOBALS,
    persistent(id) {
      const [kind, storage, key, , count, part = null] = Array.isArray(id) ? id : [];
      if (
        kind !== "storage" ||
        !(storage instanceof StorageType) ||
        typeof key !== "string" ||
        !isSize(count)
      )
        throw new PickleError("refers to something outside of it that is not a storage");
      return new StorageReference(find({ type: storage.type, key, count, part }));
    },
  };
}

/** The tensors of a state dict. @throws PickleError if it holds anything else. */
export function tensorsOf(value: unknown): Map<string, TensorView> {
  if (!(value instanceof Map))
    throw new PickleError(`holds ${kindOf(value)} instead of a state dict. ${ALONE}`);
  for (const [name, tensor] of value)
    if (typeof name !== "string" || !(tensor instanceof TensorView))
      throw new PickleError(
        `is not a plain state dict: ${JSON.stringify(String(name))} is ${kindOf(tensor)} instead of a tensor. ${ALONE}`,
      );
  return value as Map<string, TensorView>;
}

const ALONE = "Save the model's state_dict() alone";

function kindOf(value: unknown): string {
  if (value === null) return "None";
  if (value instanceof Map) return "a dict";
  if (Array.isArray(value)) return "a list";
  if (value instanceof TensorView) return "a tensor";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
