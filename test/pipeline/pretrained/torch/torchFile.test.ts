/** Files of torch.save in both formats, made byte by byte: read, or refused with a reason. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readTorchFile } from "../../../../pipeline/pretrained/torch/torchFile.ts";
import { floatsOf, type StateDict } from "../../../../pipeline/pretrained/torch/weight.ts";
import { InputError } from "../../../../predictor/errors.ts";
import { type ZipContent, zipFile } from "../zipFile.ts";
import * as op from "./opcodes.ts";

const text = (content: string) => new TextEncoder().encode(content);
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

/** What torch.save has written since PyTorch 1.6. */
function archive(
  dict: op.Bytes,
  storages: Readonly<Record<string, Uint8Array>>,
  others: readonly ZipContent[] = [],
): Uint8Array {
  return zipFile([
    { path: "model/data.pkl", content: Uint8Array.from(op.pickle(dict)) },
    ...Object.entries(storages).map(([key, content]) => ({ path: `model/data/${key}`, content })),
    ...others,
  ]);
}

const MAGIC = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
const int64 = (value: number) => [...new Uint8Array(BigInt64Array.of(BigInt(value)).buffer)];

/** What it wrote before; `counts` are those in front of the storages. */
function legacy(
  dict: op.Bytes,
  storages: readonly (readonly [key: string, count: number, content: Uint8Array])[],
  protocol = 1001,
): Uint8Array {
  return Uint8Array.from([
    ...MAGIC,
    ...op.pickle([0x4d, protocol & 255, protocol >> 8]),
    ...op.pickle(op.EMPTY_DICT),
    ...op.pickle(dict),
    ...op.pickle(op.list(...storages.map(([key]) => op.text(key)))),
    ...storages.flatMap(([, count, content]) => [...int64(count), ...content]),
  ]);
}

const read = (bytes: Uint8Array) => readTorchFile(bytes, "m.pth");
const valuesOf = (weights: StateDict, name: string) => [...floatsOf(weights.get(name)!)];
const one = (given: Partial<Parameters<typeof op.tensor>[0]> = {}) =>
  op.orderedDict(
    op.text("w"),
    op.tensor({ key: "0", count: 6, shape: [2, 3], strides: [3, 1], ...given }),
  );
const SIX = floats(1, 2, 3, 4, 5, 6);

const views = op.orderedDict(
  op.text("whole"),
  op.tensor({ key: "0", count: 6, shape: [2, 3], strides: [3, 1] }),
  op.text("transposed"),
  op.tensor({ key: "0", count: 6, shape: [3, 2], strides: [1, 3] }),
  op.text("column"),
  op.tensor({ key: "0", count: 6, offset: 1, shape: [2], strides: [3] }),
  op.text("row"),
  op.tensor({ key: "0", count: 6, offset: 3, shape: [1, 3], strides: [99, 1] }),
  op.text("scalar"),
  op.tensor({ key: "0", count: 6, offset: 5, shape: [], strides: [] }),
  op.text("empty"),
  op.tensor({ key: "0", count: 6, offset: 6, shape: [0, 3], strides: [3, 1] }),
);

const formats: Record<string, () => Uint8Array> = {
  "a zip archive": () => archive(views, { 0: SIX }),
  "a file from before PyTorch 1.6": () => legacy(views, [["0", 6, SIX]]),
};
for (const [name, bytes] of Object.entries(formats))
  test(`${name}: views of one storage`, async () => {
    const weights = await read(bytes());
    const shapes = [...weights].map(([key, { shape }]) => [key, shape.join("x")]);
    assert.deepEqual(shapes, [
      ["whole", "2x3"],
      ["transposed", "3x2"],
      ["column", "2"],
      ["row", "1x3"],
      ["scalar", ""],
      ["empty", "0x3"],
    ]);
    assert.deepEqual(valuesOf(weights, "whole"), [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(valuesOf(weights, "transposed"), [1, 4, 2, 5, 3, 6]);
    assert.deepEqual(valuesOf(weights, "column"), [2, 5]);
    assert.deepEqual(valuesOf(weights, "row"), [4, 5, 6]);
    assert.deepEqual(valuesOf(weights, "scalar"), [6]);
    assert.deepEqual(valuesOf(weights, "empty"), []);
  });

test("types of elements, and parameters", async () => {
  const types: Record<string, readonly [bytes: readonly number[], value: number]> = {
    DoubleStorage: [[0, 0, 0, 0, 0, 0, 0xf8, 0xbf], -1.5],
    FloatStorage: [[0, 0, 0xc0, 0xbf], -1.5],
    HalfStorage: [[0, 0xbe], -1.5],
    BFloat16Storage: [[0xc0, 0xbf], -1.5],
    LongStorage: [[0xfe, 255, 255, 255, 255, 255, 255, 255], -2],
    IntStorage: [[0xfe, 255, 255, 255], -2],
    ShortStorage: [[0xfe, 255], -2],
    CharStorage: [[0xfe], -2],
    ByteStorage: [[0xfe], 254],
    BoolStorage: [[1], 1],
  };
  const shape = { count: 1, shape: [1], strides: [1] };
  for (const [storage, [bytes, expected]] of Object.entries(types)) {
    const parameter = [
      ...op.global("torch._utils", "_rebuild_parameter"),
      ...op.tuple(op.tensor({ storage, key: "k", ...shape }), [0x88], op.EMPTY_DICT),
      ...op.REDUCE,
    ];
    const dict = op.orderedDict(op.text("w"), parameter);
    const content = Uint8Array.from(bytes);
    for (const file of [archive(dict, { k: content }), legacy(dict, [["k", 1, content]])])
      assert.deepEqual(valuesOf(await read(file), "w"), [expected], storage);
    // Machines with the other order of bytes say so in archives.
    const order = { path: "model/byteorder", content: text("big") };
    const big = archive(dict, { k: Uint8Array.from(content).reverse() }, [order]);
    assert.deepEqual(valuesOf(await read(big), "w"), [expected], storage);
  }
});

test("half precision: subnormal, largest, infinite", async () => {
  const content = Uint8Array.from([1, 0, 0xff, 0x7b, 0, 0xfc, 0, 0x80, 1, 0x7c]);
  const dict = one({ storage: "HalfStorage", count: 5, shape: [5], strides: [1] });
  const values = valuesOf(await read(archive(dict, { 0: content })), "w");
  assert.deepEqual(values, [2 ** -24, 65504, Number.NEGATIVE_INFINITY, -0, Number.NaN]);
});

test("the versions of modules that state dicts have as attributes are passed over", async () => {
  const metadata = [...op.EMPTY_DICT, ...op.MARK, ...op.text("_metadata"), ...op.orderedDict()];
  const dict = [...one(), ...metadata, ...op.SETITEMS, ...op.BUILD];
  assert.deepEqual(valuesOf(await read(archive(dict, { 0: SIX })), "w"), [1, 2, 3, 4, 5, 6]);
});

test("a part of a storage, as files before PyTorch 0.4 have it", async () => {
  const part = op.tuple(op.text("p"), op.int(2), op.int(3));
  const dict = one({ part, offset: 1, shape: [2], strides: [1] });
  assert.deepEqual(valuesOf(await read(legacy(dict, [["0", 6, SIX]])), "w"), [4, 5]);
  const beyond = one({ part: op.tuple(op.text("p"), op.int(4), op.int(3)) });
  await assert.rejects(
    read(legacy(beyond, [["0", 6, SIX]])),
    /names a part \[p,4,3\] of a storage/,
  );
});

test("tensors that do not fit their storage are refused", async () => {
  const cases: [Parameters<typeof one>[0], RegExp][] = [
    [{ offset: 1 }, /reaches to element 7 of a storage of 6/],
    [{ strides: [4, 1] }, /reaches to element 7/],
    [{ shape: [1 << 30, 1 << 30], strides: [0, 0] }, /an expanded tensor.*contiguous\(\)/],
    [{ shape: [-1, 3] }, /which are no sizes/],
    [{ strides: [3, -1] }, /which are no sizes/],
    [{ strides: [1] }, /which are no sizes/],
    [{ offset: -1 }, /which are no sizes/],
    [{ count: -6 }, /outside of it that is not a storage/],
    [{ storage: "QInt8Storage" }, /names torch\.QInt8Storage/],
  ];
  for (const [given, message] of cases) {
    await assert.rejects(read(archive(one(given), { 0: SIX })), message);
    await assert.rejects(read(legacy(one(given), [["0", 6, SIX]])), message);
  }
});

test("anything but a plain state dict is refused with what it is", async () => {
  const system = [...op.global("posix", "system"), ...op.tuple(op.text("x")), ...op.REDUCE];
  const cases: [op.Bytes, RegExp][] = [
    [system, /^m\.pth: names posix\.system.*nothing was run/],
    [op.list(), /holds a list instead of a state dict/],
    [op.orderedDict(op.text("epoch"), op.int(3)), /"epoch" is a number instead of a tensor/],
    [op.orderedDict(op.text("model"), op.orderedDict()), /"model" is a dict instead of a tensor/],
    [op.orderedDict(op.int(1), op.orderedDict()), /"1" is a dict/],
    [[...op.tuple(op.text("x")), ...op.BINPERSID], /outside of it that is not a storage/],
  ];
  for (const [dict, message] of cases) {
    await assert.rejects(read(archive(dict, {})), { constructor: InputError, message });
    await assert.rejects(read(legacy(dict, [])), { constructor: InputError, message });
  }
});

test("archives with other files than torch.save writes are refused", async () => {
  const cases: [Uint8Array, RegExp][] = [
    [text("GIF89a"), /^m\.pth: is not a file that torch\.save writes$/],
    [zipFile([{ path: "a.txt", content: text("a") }]), /has no data\.pkl/],
    [archive(one(), {}), /has no model\/data\/0, which a tensor is in/],
    [archive(one(), { 0: SIX.subarray(4) }), /has 20 bytes in model\/data\/0, expected 24/],
    [
      archive(one(), {}, [{ path: "model/data/0", content: SIX, deflated: true }]),
      /has model\/data\/0 compressed/,
    ],
    [
      archive(one(), { 0: SIX }, [{ path: "model/constants.pkl", content: text("") }]),
      /is a TorchScript model/,
    ],
    [
      archive(one(), { 0: SIX }, [{ path: "model/byteorder", content: text("middle") }]),
      /says of its order of bytes "middle"/,
    ],
  ];
  for (const [bytes, message] of cases)
    await assert.rejects(read(bytes), { constructor: InputError, message });
  const damaged = archive(one(), {}, [{ path: "model/data/0", content: SIX, wrong: { crc: 1 } }]);
  const weights = await read(damaged);
  assert.throws(() => weights.get("w")?.bytes(), /model\/data\/0 in it is damaged/);
});

test("older files whose storages are not those of their dict are refused", async () => {
  const two = op.orderedDict(
    op.text("a"),
    op.tensor({ key: "0", count: 6, shape: [6], strides: [1] }),
    op.text("b"),
    op.tensor({ key: "0", count: 5, shape: [5], strides: [1] }),
  );
  const cases: [Uint8Array, RegExp][] = [
    [legacy(one(), [["0", 6, SIX]], 1002), /has protocol 1002, 1001 is read/],
    [legacy(one(), []), /lacks the storage 0/],
    [legacy(one(), [["0", 5, SIX]]), /has 5 elements in the storage 0, expected 6/],
    [legacy(one(), [["1", 6, SIX]]), /has a storage "1" that no tensor is in/],
    [legacy(one({ count: 1 << 30 }), [["0", 1 << 30, SIX]]), /ends in the storage 0, at byte/],
    [legacy(two, [["0", 6, SIX]]), /says two things about the storage 0/],
  ];
  for (const [bytes, message] of cases)
    await assert.rejects(read(bytes), { constructor: InputError, message });
});

test("truncated files of both formats are refused, wherever they end", async () => {
  for (const bytes of [archive(one(), { 0: SIX }), legacy(one(), [["0", 6, SIX]])])
    for (let length = 0; length < bytes.length; length++)
      await assert.rejects(read(bytes.subarray(0, length)), InputError);
});
