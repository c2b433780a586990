/** Pretrained encoders: the graph in front of ours gives what the encoder's own file gives, and what cannot be taken is named. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openSession } from "../../../../node/session.ts";
import type { Pooling } from "../../../../pipeline/config/fields.ts";
import type { OnnxFile } from "../../../../pipeline/export/onnx/decode.ts";
import { encode } from "../../../../pipeline/export/onnx/encode.ts";
import { fitTokenizer } from "../../../../pipeline/fit/tokenizer.ts";
import {
  type ImageOptions,
  imageSection,
  imageSpecOf,
} from "../../../../pipeline/inputs/image/options.ts";
import { type EncoderValue, loadOnnxBackbone } from "../../../../pipeline/model/onnx/load.ts";
import { chooseOutputs, SignatureError } from "../../../../pipeline/model/onnx/signature.ts";
import type { Tensor } from "../../../../predictor/tensor.ts";
import {
  imageEncoder,
  onnxFile,
  type TextEncoderOptions,
  textEncoder,
  wordPiece,
  writeEncoder,
} from "../../onnxFiles.ts";

const WORDS = ["the", "net", "night", "love", "un", "##real"];
const IMAGE = {
  size: { shortest_edge: 36 },
  do_center_crop: true,
  crop_size: { height: 32, width: 32 },
  do_flip_channel_order: true,
  image_mean: [0.4, 0.5, 0.6],
  image_std: [0.2, 0.25, 0.3],
};

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-onnx-"));
});
after(() => rm(root, { recursive: true, force: true }));

let folders = 0;
const folder = () => join(root, `encoder${folders++}`);

const writeText = (graph: Uint8Array) =>
  writeEncoder(folder(), graph, {
    "tokenizer.json": wordPiece(WORDS),
    "tokenizer_config.json": { tokenizer_class: "BertTokenizer", pad_token: "[PAD]" },
  });
const writeImage = (graph: Uint8Array, config: object = IMAGE) =>
  writeEncoder(folder(), graph, { "preprocessor_config.json": config });

async function loadText(backbone: string, backbonePooling?: Pooling) {
  const { spec, tokenize } = await fitTokenizer("plot", backbone);
  const loaded = await loadOnnxBackbone(
    "plot",
    { backbone, backbonePooling },
    { type: "text", tokenizer: spec },
  );
  return { loaded, tokenize, spec };
}

async function loadImage(backbone: string, options: Partial<ImageOptions> = {}) {
  const parsed = imageSection.parse({ backbone, ...options });
  const spec = imageSpecOf(parsed, "cover");
  return loadOnnxBackbone("cover", { ...parsed, backbone }, spec);
}

type Loaded = Awaited<ReturnType<typeof loadOnnxBackbone>>;

/** The graph in front of ours, alone. */
async function openFront({ front }: Loaded) {
  const info = { name: "front", docString: "", producerVersion: "1", metadata: {} };
  const { parts } = encode(front.graph, { ...info, valueInfo: true });
  return openSession(Buffer.concat(parts), { threads: 1 });
}

/** Largest difference between the file's features and those of the graph in front of ours. */
async function difference(
  loaded: Loaded,
  values: readonly EncoderValue[],
  feeds: Record<string, Tensor>,
): Promise<number> {
  const { bytes, outputs, encode: read, features } = loaded;
  const own = await openSession(bytes, { outputs, threads: 1 });
  const expected = await read(values, own.run);
  await own.close();
  const session = await openFront(loaded);
  const [actual] = Object.values(await session.run(feeds));
  await session.close();
  assert.equal(expected.length, values.length * features);
  assert.ok(expected.every(Number.isFinite));
  return Math.max(...expected.map((value, i) => Math.abs(value - actual!.data[i]!)));
}

test("texts: tokens are pooled under the mask, whatever the pooling", async () => {
  const backbone = await writeText(textEncoder(4 + WORDS.length));
  for (const [pooling, features] of [
    [undefined, 16],
    ["max", 16],
    ["first", 16],
    ["mean-max", 32],
  ] as const) {
    const { loaded, tokenize } = await loadText(backbone, pooling);
    assert.equal(loaded.features, features);
    const texts = ["The night", "", "unreal love love love love love love"].map(tokenize);
    assert.deepEqual([...texts[0]!], [2, 4, 6, 3]);
    // Cut at 8 tokens: the mark of the end stays.
    assert.deepEqual([...texts[2]!], [2, 8, 9, 7, 7, 7, 7, 3]);
    const ids = new Int32Array(3 * 8);
    const mask = new Int32Array(3 * 8);
    for (const [i, text] of texts.entries()) {
      ids.set(text, i * 8);
      mask.fill(1, i * 8, i * 8 + text.length);
    }
    const dims = [3, 8];
    const feeds: Record<string, Tensor> = {
      plot_input_ids: { type: "int32", dims, data: ids },
      plot_attention_mask: { type: "int32", dims, data: mask },
    };
    assert.ok((await difference(loaded, texts, feeds)) < 1e-5, `${pooling}`);
  }
});

test("images: range, channel order, crop and outputs follow the files and options", async () => {
  const backbone = await writeImage(imageEncoder(32));
  const spec = imageSpecOf(imageSection.parse({ backbone }), "cover");
  assert.deepEqual(spec, {
    type: "image",
    height: 32,
    width: 32,
    scaled: { height: 36, width: 36 },
  });
  const images = [5, 11].map((step) =>
    Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * step) % 256),
  );
  const data = new Uint8Array(2 * 32 * 32 * 3);
  for (const [i, pixels] of images.entries()) data.set(pixels, i * pixels.length);
  const feeds: Record<string, Tensor> = {
    cover: { type: "uint8", dims: [2, 32, 32, 3], data },
    has_cover: { type: "float32", dims: [2, 1], data: Float32Array.of(1, 1) },
  };
  for (const [options, features] of [
    [{}, 16],
    [{ backboneLayers: ["last_hidden_state", "pooler_output"], backbonePooling: "first" }, 32],
    // A value inside the graph: feature maps [batch, channels, height, width].
    [{ backboneLayers: ["patches"] }, 32],
  ] as const) {
    const loaded = await loadImage(backbone, options as Partial<ImageOptions>);
    assert.equal(loaded.features, features);
    assert.ok((await difference(loaded, images, feeds)) < 1e-5, JSON.stringify(options));
  }
});

test("images: one scale for all channels or one each, channels first or last", async () => {
  const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 5) % 256);
  const feeds: Record<string, Tensor> = {
    cover: { type: "uint8", dims: [1, 32, 32, 3], data: pixels },
    has_cover: { type: "float32", dims: [1, 1], data: Float32Array.of(1) },
  };
  const equal = { image_mean: [0.5, 0.5, 0.5], image_std: [0.25, 0.25, 0.25] };
  for (const last of [false, true]) {
    const f = onnxFile(18);
    const shape = last ? ["batch", 32, 32, 3] : ["batch", 3, 32, 32];
    const x = f.input("pixel_values", "float32", shape);
    const first = last ? f.op("Transpose", [x], { perm: [0, 3, 1, 2] }) : x;
    f.op("Conv", [first, f.random([4, 3, 8, 8])], { strides: [8, 8] }, "maps");
    f.output("maps", ["batch", 4, 4, 4]);
    const graph = f.bytes();
    for (const config of [IMAGE, { ...IMAGE, ...equal }]) {
      const loaded = await loadImage(await writeImage(graph, config));
      assert.ok((await difference(loaded, [pixels], feeds)) < 1e-5, `${last}`);
    }
  }
});

test("the encoder runs on the images that are there, and on no other", async () => {
  const f = onnxFile(18);
  const x = f.input("pixel_values", "float32", ["batch", 3, 32, 32]);
  f.op("Relu", [f.op("Conv", [x, f.random([4, 3, 8, 8])], { strides: [8, 8] })], {}, "maps");
  f.output("maps", ["batch", 4, 4, 4]);
  const loaded = await loadImage(await writeImage(f.bytes()));
  const { graph } = loaded.front;
  // How many the encoder ran on is the first size of its own output.
  graph.outputs = [...graph.outputs, graph.values.get("cover_backbone/maps")!];
  const session = await openFront(loaded);
  const images = [5, 11, 17].map((step) =>
    Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * step) % 256),
  );
  const own = await openSession(loaded.bytes, { outputs: loaded.outputs, threads: 1 });
  const expected = await loaded.encode(images, own.run);
  await own.close();
  const size = loaded.features;
  for (const has of [[1, 1, 1], [1, 0, 1], [0, 1, 0], [0, 0, 1], [1]]) {
    const data = new Uint8Array(has.length * images[0]!.length);
    for (const i of has.keys()) data.set(images[i]!, i * images[0]!.length);
    const [features, maps] = Object.values(
      await session.run({
        cover: { type: "uint8", dims: [has.length, 32, 32, 3], data },
        has_cover: { type: "float32", dims: [has.length, 1], data: Float32Array.from(has) },
      }),
    );
    assert.deepEqual(features!.dims, [has.length, size]);
    assert.equal(maps!.dims[0], has.filter((there) => there === 1).length);
    for (const [i, value] of features!.data.entries()) {
      const right = has[Math.floor(i / size)] === 1 ? expected[i]! : 0;
      assert.ok(Math.abs(value - right) < 1e-5, `${has}: ${i}: ${value}, not ${right}`);
    }
  }
  await session.close();
});

const fails = (work: Promise<unknown>, message: RegExp) => assert.rejects(work, message);

test("what is missing, unknown or fixed is named", async () => {
  const text = (options: TextEncoderOptions = {}) => writeText(textEncoder(9, options));
  const image = await writeImage(imageEncoder(32));
  await fails(
    loadText(await text({ batch: 1 })),
    /batches of 1 only, as its input "input_ids" says/,
  );
  await fails(
    loadText(await text({ ids: "tokens" })),
    /has the input "tokens"; for texts, only input_ids, attention_mask and token_type_ids can be fed/,
  );
  await fails(loadImage(image, { backboneLayers: ["logits"] }), /has no output "logits"; its/);
  await fails(loadImage(join(root, "none")), /cover.backbone.*none/);
  await fails(loadText(image), /has no tokenizer.json/);
  await fails(loadImage(await writeImage(imageEncoder(32), { size: "large" })), /size: /);
  await fails(
    loadImage(image, { height: 48, width: 48 }),
    /cannot be run on two images of 48 x 48: .*pixel_values/,
  );
  await fails(
    loadImage(await writeImage(imageEncoder(32, { opset: 9 }))),
    /its operator set is 9; sets 11 to 23 are read/,
  );
  const damaged = await writeImage(imageEncoder(32).subarray(0, 500));
  await fails(loadImage(damaged), /this is not an ONNX file/);
  await writeFile(join(damaged, "onnx", "model.onnx"), "");
  await fails(loadImage(damaged), /this is not an ONNX file/);
});

test("operators that cannot be a part of the graph are named, all at once", async () => {
  const f = onnxFile(18);
  const x = f.input("pixel_values", "float32", ["batch", 3, 16, 16]);
  const resized = f.op("Resize", [x, "", f.floats([4], [1, 1, 0.5, 0.5])], {
    antialias: 1,
    mode: "linear",
  });
  const parts = f.op("Softmax", [
    f.op("GroupNormalization", [resized, ...groups(f)], { num_groups: 1 }),
  ]);
  f.op("Identity", [parts], {}, "maps");
  f.output("maps", ["batch", 3, 8, 8]);
  await fails(
    loadImage(await writeImage(f.bytes(), { size: 16 })),
    /2 issues.*\(GroupNormalization\) is not an operator of ONNX's set 17.*antialias is 1/s,
  );
});

const groups = (f: ReturnType<typeof onnxFile>) => [f.floats([1], [1]), f.floats([1], [0])];

test("of several outputs, the one that is made to be a feature is taken", () => {
  const file = (...names: string[]) =>
    ({ outputs: names.map((name) => ({ name })), values: [] }) as unknown as OnnxFile;
  const chosen = (...names: string[]) => chooseOutputs(file(...names), []);
  assert.deepEqual(chosen("last_hidden_state", "sentence_embedding"), ["sentence_embedding"]);
  assert.deepEqual(chosen("last_hidden_state", "pooler_output"), ["pooler_output"]);
  assert.deepEqual(chosen("anything"), ["anything"]);
  assert.throws(() => chosen("one", "two"), SignatureError);
  assert.deepEqual(chooseOutputs(file("one", "two"), ["two"]), ["two"]);
});
