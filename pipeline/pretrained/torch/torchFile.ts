/**
 * Reads state dicts that torch.save wrote, in both of its formats (torch/serialization.py): zip archives, of PyTorch 1.6
 * and later, and the pickles with storages behind them that came before. Nothing in a file is run.
 */

import { InputError } from "../../../predictor/errors.ts";
import { readZip, type ZipEntry } from "../zip.ts";
import { readPickle } from "./pickle.ts";
import { PickleError } from "./pickleMachine.ts";
import { type Storage, type StorageId, tensorsOf, torchRules } from "./tensors.ts";
import { ELEMENTS, type StateDict } from "./weight.ts";

/**
 * @param bytes The whole file.
 * @param file Named in errors.
 * @returns Its tensors, as views of `bytes` where they lie there in order.
 * @throws InputError if the file is damaged, or holds anything but tensors by their names.
 */
export async function readTorchFile(bytes: Uint8Array, file: string): Promise<StateDict> {
  try {
    if (startsWith(bytes, ZIP_SIGNATURE)) return await readArchive(bytes, file);
    if (startsWith(bytes, LEGACY_SIGNATURE)) return readLegacy(bytes);
  } catch (error) {
    if (error instanceof PickleError) throw new InputError(file, error.message);
    throw error;
  }
  throw new InputError(file, "is not a file that torch.save writes");
}

const ZIP_SIGNATURE = [0x50, 0x4b, 0x03, 0x04];
/** A pickle of the number 0x1950a86a20f9469cfc6c, of 10 bytes. */
const LEGACY_SIGNATURE = [
  0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
];

function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

/** `NAME/data.pkl` has the dict, `NAME/data/KEY` the storages, `NAME/byteorder` their order of bytes. */
async function readArchive(bytes: Uint8Array, file: string): Promise<StateDict> {
  const entries = await readZip(bytes, file);
  const pickle = [...entries.keys()].find((path) => /^[^/]+\/data\.pkl$/.test(path));
  if (pickle === undefined) throw new PickleError("has no data.pkl: torch.save writes one");
  const root = pickle.slice(0, -"data.pkl".length);
  if (entries.has(`${root}constants.pkl`))
    throw new PickleError("is a TorchScript model. Save the model's state_dict() with torch.save");
  const order = new TextDecoder().decode(contentOf(entries, `${root}byteorder`, "little"));
  if (order !== "little" && order !== "big")
    throw new PickleError(`says of its order of bytes "${order.slice(0, 20)}"`);
  const find = ({ type, key, count }: StorageId): Storage => {
    const path = `${root}data/${key}`;
    const entry = entries.get(path);
    const { size } = ELEMENTS[type];
    if (!entry) throw new PickleError(`has no ${path}, which a tensor is in`);
    if (!entry.stored) throw new PickleError(`has ${path} compressed; torch.save never does that`);
    if (entry.size !== count * size)
      throw new PickleError(
        `has ${entry.size} bytes in ${path}, expected ${count * size} for ${count} elements`,
      );
    const content = () => entry.bytes();
    return {
      type,
      count,
      bytes: order === "little" ? content : () => swapped(content(), size),
    };
  };
  return tensorsOf(readPickle(contentOf(entries, pickle), 0, torchRules(find)).value);
}

/** No pickle of a state dict comes near it: a tensor takes about 150 bytes there. */
const LARGEST_PICKLE = 1 << 28;

function contentOf(
  entries: ReadonlyMap<string, ZipEntry>,
  path: string,
  otherwise = "",
): Uint8Array {
  const entry = entries.get(path);
  if (entry && entry.size > LARGEST_PICKLE)
    throw new PickleError(`has ${entry.size} bytes in ${path}`);
  return entry?.bytes() ?? new TextEncoder().encode(otherwise);
}

/** Big-endian elements as little-endian ones. */
function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i += size)
    for (let k = 0; k < size; k++) out[i + k] = bytes[i + size - 1 - k] as number;
  return out;
}

/**
 * Pickles one after another: the magic number, the protocol, facts about the machine, the dict, the keys of the storages.
 * Then each storage: its number of elements as int64, and the elements. Both are little-endian, whatever machine wrote
 * them (torch/csrc/serialization.cpp).
 */
function readLegacy(bytes: Uint8Array): StateDict {
  const places = new Map<string, Uint8Array>();
  const ids = new Map<string, StorageId>();
  const rules = torchRules((id) => {
    const { type, key, part } = id;
    if (!ids.has(key)) ids.set(key, id);
    const whole = ids.get(key) as StorageId;
    if (whole.type !== type || whole.count !== id.count)
      throw new PickleError(`says two things about the storage ${key}`);
    return partOf({ type, count: id.count, bytes: () => places.get(key) as Uint8Array }, part);
  });
  let at = 0;
  const next = () => {
    const { value, end } = readPickle(bytes, at, rules);
    at = end;
    return value;
  };
  next();
  const protocol = next();
  if (protocol !== 1001) throw new PickleError(`has protocol ${protocol}, 1001 is read`);
  next();
  const tensors = tensorsOf(next());
  const keys = next();
  if (!Array.isArray(keys)) throw new PickleError("has no list of its storages");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const key of keys) {
    const id = ids.get(key);
    if (!id) throw new PickleError(`has a storage "${key}" that no tensor is in`);
    if (at + 8 > bytes.length) throw new PickleError(`ends before the storage ${key}`);
    const count = Number(view.getBigInt64(at, true));
    const size = id.count * ELEMENTS[id.type].size;
    if (count !== id.count)
      throw new PickleError(`has ${count} elements in the storage ${key}, expected ${id.count}`);
    if (size > bytes.length - at - 8)
      throw new PickleError(`ends in the storage ${key}, at byte ${bytes.length}`);
    places.set(key, bytes.subarray(at + 8, at + 8 + size));
    at += 8 + size;
  }
  const missing = [...ids.keys()].find((key) => !places.has(key));
  if (missing !== undefined) throw new PickleError(`lacks the storage ${missing}`);
  return tensors;
}

/** The part of a storage that files before PyTorch 0.4 name: [its own key, first element, number of elements]. */
function partOf(storage: Storage, part: unknown): Storage {
  if (part === null) return storage;
  const [, offset, count] = Array.isArray(part) ? part : [];
  const fits =
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(count) &&
    offset >= 0 &&
    count >= 0 &&
    offset + count <= storage.count;
  if (!fits) throw new PickleError(`names a part [${part}] of a storage of ${storage.count}`);
  const { size } = ELEMENTS[storage.type];
  return {
    type: storage.type,
    count,
    bytes: () => storage.bytes().subarray(offset * size, (offset + count) * size),
  };
}
