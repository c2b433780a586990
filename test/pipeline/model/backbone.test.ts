/** Pretrained networks for posters: loaded from files and over HTTP, cut off, frozen or fine-tuned, exported. */

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { openSession } from "../../../node/session.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { type Config, configSchema } from "../../../pipeline/config/schema.ts";
import { toArtifacts } from "../../../pipeline/model/artifacts.ts";
import { type LayersBackbone, loadBackbone } from "../../../pipeline/model/backbone.ts";
import { buildFeatureModel, buildTower } from "../../../pipeline/model/build.ts";
import { exportFeatures } from "../../../pipeline/model/exportGraph.ts";
import { getWeights } from "../../../pipeline/model/weights.ts";
import { sigmoid } from "../../../pipeline/regression/logistic.ts";
import {
  type BackboneFeatures,
  featureMoments,
  standardised,
} from "../../../pipeline/train/backboneFeatures.ts";
import { drawsMirrored } from "../../../pipeline/train/backbones.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { fitAtOnce } from "../../../pipeline/train/fitAtOnce.ts";
import { fitLinearImage } from "../../../pipeline/train/linearImage.ts";
import { towerLogits } from "../../../pipeline/train/measure.ts";
import {
  computePosterFeatures,
  type PosterFeatureOptions,
} from "../../../pipeline/train/posterFeatures.ts";
import { trainTower } from "../../../pipeline/train/train.ts";
import { type Tiny, tiny, withInput } from "../tinyModel.ts";
import { exported } from "./wholeModel.ts";

let folder: string;
let path: string;

/** A network for images of 32 x 32, the only size that its last layer accepts. */
before(async () => {
  await startBackend("wasm");
  folder = await mkdtemp(join(tmpdir(), "backbone-"));
  const image = layers.input({ shape: [32, 32, 3], name: "image" });
  const { conv2d, depthwiseConv2d, batchNormalization, reLU, add, flatten, dense } = layers.layers;
  const first = conv2d({ filters: 4, kernelSize: 3, padding: "same", name: "first" }).apply(image);
  const normal = batchNormalization({ name: "normal" }).apply(first);
  const active = reLU({ maxValue: 6, name: "active" }).apply(normal);
  const deep = depthwiseConv2d({ kernelSize: 3, padding: "same", name: "deep" }).apply(active);
  const sum = add({ name: "sum" }).apply([active, deep] as layers.SymbolicTensor[]);
  const flat = flatten({ name: "flat" }).apply(sum);
  const top = dense({ units: 5, name: "top" }).apply(flat) as layers.SymbolicTensor;
  const model = layers.model({ inputs: image, outputs: top });
  path = await save(model, "model.json");
});
after(() => rm(folder, { recursive: true }));

async function save(model: layers.LayersModel, name: string): Promise<string> {
  const { modelTopology, weightSpecs, weightData } = await toArtifacts(model);
  const bytes = new Uint8Array(weightData);
  // Two files, as larger models have.
  await writeFile(join(folder, `${name}.1.bin`), bytes.subarray(0, 100));
  await writeFile(join(folder, `${name}.2.bin`), bytes.subarray(100));
  const weightsManifest = [{ paths: [`${name}.1.bin`, `${name}.2.bin`], weights: weightSpecs }];
  const json = { format: "layers-model", modelTopology, weightsManifest };
  await writeFile(join(folder, name), JSON.stringify(json));
  return join(folder, name);
}

const POSTER = { height: 16, width: 12 };
const options = (poster: object): Config["poster"] =>
  configSchema.parse({ poster: { backbone: path, ...poster } }).poster;
const load = async (poster: object = {}) =>
  (await loadBackbone(options({ backboneLayers: ["active", "sum"], ...poster }), POSTER))!;

async function features(backbone: LayersBackbone, { source, movies }: Tiny, cache = folder) {
  return computePosterFeatures({
    backbone,
    posters: source.posters,
    paths: movies.flatMap(({ images }) => images.poster ?? []),
    mirrored: true,
    cache,
    open: async () => {
      const model = buildFeatureModel(backbone, "poster", POSTER);
      return openSession(await exportFeatures(model), { threads: 1 });
    },
  });
}

test("the selected layers accept posters of another size and have the file's weights", async () => {
  const backbone = await load();
  assert.equal(backbone.features, 2 * (4 + 4));
  assert.deepEqual(
    backbone.model.outputs.map(({ shape }) => shape),
    [
      [null, 16, 12, 4],
      [null, 16, 12, 4],
    ],
  );
  assert.ok(backbone.weights.has("first/kernel") && !backbone.weights.has("top/kernel"));
  assert.equal(await loadBackbone(configSchema.parse({}).poster, POSTER), undefined);
  const last = await loadBackbone(options({ backboneLayers: ["first"] }), POSTER);
  assert.notEqual(last!.sha256, backbone.sha256);
  assert.equal((await load()).sha256, backbone.sha256);
});

test("under a prefix, the same network has other names", async () => {
  const [plain, prefixed] = [
    await load(),
    (await loadBackbone(
      options({ backboneLayers: ["active", "sum"] }),
      POSTER,
      "back",
      "back_backbone_",
    ))!,
  ];
  assert.deepEqual(
    [...prefixed.weights],
    [...plain.weights].map(([name, values]) => [`back_backbone_${name}`, values]),
  );
  assert.equal(prefixed.sha256, plain.sha256, "features are cached for both");
  const pixels = tf.randomUniform([2, POSTER.height, POSTER.width, 3], 0, 1, "float32", 5);
  const outputsOf = ({ model }: LayersBackbone) =>
    (model.predict(pixels) as tf.Tensor[]).map((map) => map.dataSync());
  assert.deepEqual(outputsOf(prefixed), outputsOf(plain));
});

test("a backbone loaded by URL equals the one loaded from files", async () => {
  const server = createServer(async (request, response) => {
    const content = await readFile(join(folder, request.url!.slice(1))).catch(() => undefined);
    response.writeHead(content ? 200 : 404).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const [remote, local] = [await load({ backbone: `${at}/model.json` }), await load()];
    assert.deepEqual(remote.weights, local.weights);
    assert.equal(remote.sha256, local.sha256);
    await assert.rejects(load({ backbone: `${at}/none.json` }), {
      message: /none\.json cannot be read \(.*HTTP 404\)/,
    });
  } finally {
    server.close();
  }
});

test("a sequential model can be a backbone", async () => {
  const model = layers.sequential({
    layers: [
      layers.layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [20, 20, 3], name: "one" }),
      layers.layers.conv2d({ filters: 6, kernelSize: 3, strides: 2, name: "two" }),
      layers.layers.flatten(),
      layers.layers.dense({ units: 2 }),
    ],
  });
  const backbone = await load({
    backbone: await save(model, "sequential.json"),
    backboneLayers: ["two"],
  });
  assert.deepEqual(backbone.model.outputs[0]!.shape, [null, 6, 4, 6]);
});

test("errors name the option and what is wrong", async () => {
  const cases: [poster: object, field: string, message: RegExp][] = [
    [{ backboneLayers: ["sums"] }, "backboneLayers", /has no layer "sums"; did you mean "sum"\?/],
    [{ backboneLayers: [] }, "backbone", /cannot be loaded for posters of 16 x 12/],
    [{ backbone: join(folder, "no.json") }, "backbone", /no\.json does not exist$/],
    [{ backbone: join(folder, "model.json.1.bin") }, "backbone", /cannot be read \(/],
  ];
  for (const [poster, field, message] of cases) {
    await assert.rejects(load(poster), { name: "InputError", field: `poster.${field}`, message });
  }
  const flat = layers.sequential({
    layers: [layers.layers.globalAveragePooling2d({ inputShape: [8, 8, 3], name: "mean" })],
  });
  const source = await save(flat, "flat.json");
  await assert.rejects(load({ backbone: source, backboneLayers: ["mean"] }), {
    message: /has no feature map .* at layer "mean", but \[null,3\]/,
  });
});

test("features are the layers' means and maxima, for the poster and its mirror image", async () => {
  const small = tiny(9);
  const backbone = await load({ backboneScale: "minus-one-one" });
  const found = await features(backbone, small);
  const posterPath = small.movies.find(({ images }) => images.poster)!.images.poster;
  const pixels = new Uint8Array(16 * 12 * 3);
  small.source.posters.read(posterPath!, pixels);
  for (const view of [0, 1]) {
    const [active, sum] = tf.tidy(() => {
      const image = tf.tensor4d(Array.from(pixels), [1, 16, 12, 3]);
      const seen = view === 1 ? tf.reverse(image, 2) : image;
      const maps = backbone.model.predict(tf.sub(tf.div(seen, 127.5), 1)) as tf.Tensor4D[];
      return maps.map((map) => [
        ...tf.mean(map, [1, 2]).dataSync(),
        ...tf.max(map, [1, 2]).dataSync(),
      ]);
    });
    const own = new Float32Array(found.size + 1);
    found.read(posterPath!, view, own, 1);
    for (const [k, value] of [...active!, ...sum!].entries()) {
      assert.ok(
        Math.abs(own[k + 1]! - value) < 1e-5,
        `view ${view}, ${k}: ${own[k + 1]}, ${value}`,
      );
    }
  }
});

test("the hash tells the model's files, the layers, the scale and the poster's size", async () => {
  const { sha256 } = await load();
  /** The hash where one file has other bytes. */
  const changed = async (name: string, change: (bytes: Buffer) => Buffer) => {
    const bytes = await readFile(join(folder, name));
    await writeFile(join(folder, name), change(Buffer.from(bytes)));
    try {
      return (await load()).sha256;
    } finally {
      await writeFile(join(folder, name), bytes);
    }
  };
  const flip = (bytes: Buffer) => bytes.map((byte, i) => (i === 50 ? byte ^ 1 : byte)) as Buffer;
  const others = [
    await changed("model.json.1.bin", flip),
    await changed("model.json.2.bin", flip),
    await changed("model.json", (bytes) => Buffer.concat([bytes, Buffer.from("\n")])),
    (await load({ backboneLayers: ["active"] })).sha256,
    (await load({ backboneScale: "minus-one-one" })).sha256,
    (await load({ backboneScale: "bytes" })).sha256,
    (await loadBackbone(options({ backboneLayers: ["active", "sum"] }), { ...POSTER, width: 16 }))!
      .sha256,
    (await loadBackbone(options({ backboneLayers: ["active", "sum"] }), { ...POSTER, height: 12 }))!
      .sha256,
  ];
  assert.equal(new Set([sha256, ...others]).size, 1 + others.length);
  assert.equal((await load()).sha256, sha256);
});

test("features are cached on disk; only batches with damage are computed again", async (t) => {
  const small = tiny(40);
  const backbone = await load();
  const cache = await mkdtemp(join(folder, "cache-"));
  const paths = small.movies.flatMap(({ images }) => images.poster ?? []);
  assert.ok(paths.length > 16 && paths.length < 32);
  const damaged: string[] = [];
  let computed = 0;
  const read = async () => {
    computed = 0;
    const found = await computePosterFeatures({
      backbone,
      posters: small.source.posters,
      paths,
      mirrored: true,
      cache,
      onDamaged: (text) => damaged.push(text),
      open: async () => {
        const model = buildFeatureModel(backbone, "poster", POSTER);
        const { run, close } = await openSession(await exportFeatures(model), { threads: 1 });
        return {
          run(feeds) {
            computed += feeds.poster!.dims[0]! / 2;
            return run(feeds);
          },
          close,
        };
      },
    });
    t.after(() => found.close());
    return found;
  };
  const valuesOf = (found: BackboneFeatures) => {
    const values = new Float32Array(paths.length * 2 * found.size);
    for (let i = 0; i < paths.length * 2; i++) {
      found.read(paths[i >> 1]!, i & 1, values, i * found.size);
    }
    return values;
  };
  const first = valuesOf(await read());
  assert.equal(computed, paths.length);
  assert.deepEqual([valuesOf(await read()), computed, damaged], [first, 0, []]);
  const [name] = await readdir(cache);
  const file = join(cache, name!);
  const whole = await readFile(file);
  const stride = 32 + 4 + 2 * 4 * backbone.features;
  const start = whole.indexOf("\n") + 1;
  const flipped = (at: number) => whole.map((byte, i) => (i === at ? byte ^ 1 : byte));
  const rest = paths.length % 8 || 8;
  const cases: [what: string, content: Uint8Array, missing: number, again: number][] = [
    ["short", Buffer.from("short"), paths.length, paths.length],
    ["a block", flipped(start + 9 * stride + 50), 1, 8],
    ["the first line", flipped(16), 0, 0],
    ["the end", whole.subarray(0, -1), 0, 0],
    ["the last block", whole.subarray(0, start + paths.length * stride - 1), 1, rest],
    ["zeros", Buffer.alloc(whole.length), paths.length, paths.length],
  ];
  for (const [what, content, missing, again] of cases) {
    await writeFile(file, content);
    const found = await read();
    assert.deepEqual(damaged.splice(0), [
      `${file} is damaged; the features of ${missing} of ${paths.length} posters are computed again`,
    ]);
    assert.equal(computed, again, what);
    assert.deepEqual(valuesOf(found), first, what);
    assert.deepEqual(await readFile(file), whole, what);
  }
  // Damage after opening is found when a poster is read.
  const found = await read();
  await writeFile(file, flipped(start + 9 * stride + 50));
  assert.throws(() => found.read(paths[9]!, 0, new Float32Array(found.size), 0), /damaged while/);
});

test("features of another backbone, scale, runtime or poster are not read from the cache", async () => {
  const cache = await mkdtemp(join(folder, "key-"));
  const { source, movies } = tiny(9);
  const paths = movies.flatMap(({ images }) => images.poster ?? []).slice(0, 3);
  const backbone = await load();
  let computed = 0;
  const compute = async (changes: Partial<PosterFeatureOptions> = {}) => {
    const before = computed;
    const found = await computePosterFeatures({
      backbone,
      posters: source.posters,
      paths,
      mirrored: true,
      cache,
      open: async () => ({
        async run({ poster }) {
          computed++;
          const dims = [poster!.dims[0]!, backbone.features];
          return {
            features: { type: "float32", dims, data: new Float32Array(dims[0]! * dims[1]!) },
          };
        },
        close: async () => {},
      }),
      ...changes,
    });
    found.close();
    return computed > before;
  };
  assert.equal(await compute(), true);
  assert.equal(await compute(), false);
  const { version } = JSON.parse(
    await readFile("node_modules/onnxruntime-node/package.json", "utf8"),
  ) as { version: string };
  assert.equal(
    await compute({ runtime: `onnxruntime-node ${version}` }),
    false,
    "the default runtime",
  );
  const others: [what: string, changes: Partial<PosterFeatureOptions>][] = [
    ["version of the runtime", { runtime: `onnxruntime-node ${version}0` }],
    ["weights", { backbone: { ...backbone, sha256: "0".repeat(64) } }],
    ["scale", { backbone: await load({ backboneScale: "minus-one-one" }) }],
    ["layers", { backbone: { ...(await load({ backboneLayers: ["sum", "active"] })) } }],
    ["mirror images", { mirrored: false }],
    ["order of the posters", { paths: paths.toReversed() }],
    ["posters", { paths: [paths[0]!, paths[1]!, paths[1]!] }],
  ];
  for (const [what, changes] of others) {
    assert.equal(await compute(changes), true, what);
    assert.equal(await compute(changes), false, what);
  }
  assert.equal(await compute(), false, "the first features are still cached");
});

test("mirror images have features only where training draws them", async () => {
  assert.equal(drawsMirrored(options({})), true);
  assert.equal(drawsMirrored(options({ flip: false })), false);
  assert.equal(drawsMirrored(options({ head: "linear" })), false);
  const { source, movies } = tiny(3);
  const paths = movies.flatMap(({ images }) => images.poster ?? []);
  const backbone = await load();
  const open = async () => {
    const model = buildFeatureModel(backbone, "poster", POSTER);
    return openSession(await exportFeatures(model), { threads: 1 });
  };
  const common = { backbone, posters: source.posters, paths, cache: folder, open };
  const own = await computePosterFeatures({ ...common, mirrored: false });
  const both = await computePosterFeatures({ ...common, mirrored: true });
  assert.deepEqual([own.views, both.views], [1, 2]);
  const values = [own, both].map((found) => {
    const out = new Float32Array(found.size);
    found.read(paths[0]!, 0, out, 0);
    found.close();
    return out;
  });
  assert.deepEqual(values[0], values[1]);
});

test("a head on frozen features learns, and one graph has it all", async () => {
  const small = tiny(40, { poster: { backbone: path, units: 6, epochs: 5, flip: true } });
  const backbone = await load();
  const found = await features(backbone, small);
  const moments = featureMoments(
    small.movies.flatMap(({ images }) => images.poster ?? []),
    found,
  );
  const whole = withInput(small, "poster", { backbone: { ...backbone, ...moments } });
  const { parts } = whole;
  const source = {
    ...whole.source,
    features: { poster: standardised(found, moments) },
  };
  const model = buildTower("poster", parts, createRandom(2));
  const losses: number[] = [];
  await trainTower(model, {
    input: "poster",
    config: small.config,
    source,
    training: small.movies,
    validation: [],
    target: small.target,
    random: createRandom(3),
    onEpoch: ({ loss }) => losses.push(loss),
  });
  assert.ok(losses.at(-1)! < 0.9 * losses[0]!, `${losses}`);
  assert.ok(![...(await getWeights(model)).keys()].some((name) => name.startsWith("first/")));
  // The published graph starts from the poster's bytes; `exported` compares it with tfjs to within 1e-5.
  const { probabilities } = await exported(whole);
  assert.equal(probabilities!.data.length, 40 * 3);
});

test("a linear head is the minimum of its regression on frozen features, and one graph has it", async () => {
  const c = 0.7;
  const poster = { backbone: path, head: "linear", inverseRegularisation: c };
  const small = tiny(40, { poster });
  const backbone = await load();
  const found = await features(backbone, small);
  const moments = featureMoments(
    small.movies.flatMap(({ images }) => images.poster ?? []),
    found,
  );
  const whole = withInput(small, "poster", { backbone: { ...backbone, ...moments } });
  const source = { ...whole.source, features: { poster: standardised(found, moments) } };
  const model = buildTower("poster", whole.parts, createRandom(2));
  const { weights, history } = await fitAtOnce(model, fitLinearImage, {
    input: "poster",
    config: small.config,
    source,
    training: small.movies,
    validation: small.movies,
    target: small.target,
    random: createRandom(3),
  });
  const shown = small.movies.filter(({ images }) => images.poster !== undefined);
  // The loss that was minimised is that of the tower as it stands in the model.
  assert.ok(Math.abs(history[0]!.loss - history[0]!.validationLoss) < 1e-6);
  const logits = await towerLogits(model, "poster", shown, source, 3);
  const kernel = weights.get("poster_logits/kernel")!;
  const columns = found.size;
  const root = Math.sqrt(columns);
  const row = new Float32Array(columns);
  const gradient = Float64Array.from(kernel, (weight) => weight * root);
  for (const [i, movie] of shown.entries()) {
    source.features.poster.read(movie.images.poster!, 0, row, 0);
    for (let label = 0; label < 3; label++) {
      const logit = logits[i * 3 + label]! + small.target.prior[label]!;
      const residual = sigmoid(logit) - movie.target[label]!;
      for (const [k, value] of row.entries())
        gradient[k * 3 + label]! += (c * residual * value) / root;
    }
  }
  assert.ok(
    gradient.every((part) => Math.abs(part) < 1e-3),
    `${gradient}`,
  );
  assert.ok(kernel.some((weight) => Math.abs(weight) > 1e-2));
  const { probabilities } = await exported(whole);
  assert.equal(probabilities!.data.length, 40 * 3);
});

test("fine-tuning changes the backbone's weights, and the graph has the new ones", async () => {
  const model = layers.sequential({
    layers: [
      layers.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [20, 20, 3], name: "one" }),
      layers.layers.batchNormalization({ name: "two" }),
    ],
  });
  const source = await save(model, "tuned.json");
  const small = tiny(30, { poster: { backbone: source, fineTune: true, epochs: 2 } });
  const backbone = (await loadBackbone(small.config.poster, POSTER))!;
  const found = await features(backbone, small);
  const moments = featureMoments(
    small.movies.flatMap(({ images }) => images.poster ?? []),
    found,
  );
  const whole = withInput(small, "poster", { backbone: { ...backbone, ...moments } });
  const { parts } = whole;
  const tower = buildTower("poster", parts, createRandom(2));
  await trainTower(tower, {
    input: "poster",
    config: small.config,
    source: whole.source,
    training: small.movies,
    validation: [],
    target: small.target,
    random: createRandom(3),
  });
  const tuned = (await getWeights(tower)).get("one/kernel")!;
  assert.notDeepEqual(tuned, backbone.weights.get("one/kernel"));
  assert.ok(
    (await towerLogits(tower, "poster", small.movies, whole.source, 3)).every(Number.isFinite),
  );
  await exported(whole);
});
