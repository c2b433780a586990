/** The whole program on two images with a pretrained network each, of the same file: one frozen, one fine-tuned. */

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as layers from "@tensorflow/tfjs-layers";
import { openBundle } from "../../../node/bundle.ts";
import { decodePoster } from "../../../node/poster.ts";
import { openSession } from "../../../node/session.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { toArtifacts } from "../../../pipeline/model/artifacts.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { createPredictor } from "../../../predictor/predictor.ts";
import { assertBothCount, writeLamps, writePicture } from "./lamps.ts";
import { start } from "./tinyRun.ts";

const SIZE = 16;
const SIDES = ["front", "back"] as const;
const INPUTS = { front: { type: "image" }, back: { type: "image" } };

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-backbones-"));
  await startBackend("cpu");
  await writeData(join(root, "data"));
  const network = await writeNetwork(join(root, "network"));
  const result = await start("pipeline/main.ts", [
    ...["--data", join(root, "data"), "--out", join(root, "out"), "--cache", join(root, "cache")],
    ...["--no-log", "--backend", "wasm", "--threads", "1"],
    ...["--folds", "2", "--fold-workers", "1", "--publish", "folds"],
    ...SIDES.flatMap((side) => [
      ...[`--${side}-backbone`, network, `--${side}-epochs`, "6"],
      ...[`--${side}-height`, `${SIZE}`, `--${side}-width`, `${SIZE}`, `--no-${side}-recolour`],
    ]),
    "--back-fine-tune",
  ]).finished;
  assert.equal(result.code, 0, result.stderr);
});
after(() => rm(root, { recursive: true, force: true }));

/** The front tells the kind of even items, the back that of odd ones; the other side has any colour. */
async function writeData(folder: string): Promise<void> {
  const random = createRandom("backbones");
  await writeLamps(folder, INPUTS, async (i, kind) => {
    const images: Record<string, string> = {};
    for (const [part, side] of SIDES.entries()) {
      images[side] = `${side}${i}.png`;
      const drawn = i % 2 === part ? kind : random.int(2);
      await writePicture(join(folder, images[side]), { size: SIZE, colour: () => drawn, random });
    }
    return images;
  });
}

async function writeNetwork(folder: string): Promise<string> {
  const model = layers.sequential({
    layers: [
      layers.layers.conv2d({
        filters: 4,
        kernelSize: 3,
        inputShape: [20, 20, 3],
        kernelInitializer: layers.initializers.glorotUniform({ seed: 1 }),
        name: "one",
      }),
      layers.layers.batchNormalization({ name: "two" }),
    ],
  });
  const { modelTopology, weightSpecs, weightData } = await toArtifacts(model);
  await mkdir(folder);
  await writeFile(join(folder, "weights.bin"), new Uint8Array(weightData));
  const weightsManifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
  await writeFile(join(folder, "model.json"), JSON.stringify({ modelTopology, weightsManifest }));
  return join(folder, "model.json");
}

test("each picture has its say, by itself and beside the other", async () => {
  const bundle = await openBundle(join(root, "out"));
  const session = await openSession(await readFile(join(root, "out", "model.onnx")));
  const predictor = createPredictor(bundle.manifest, session.run);
  const picture = async (side: string, item: number) =>
    decodePoster(await readFile(join(root, "data", `${side}${item}.png`)));
  // Item 0's front is red; item 3's back is blue.
  const [front, back] = [await picture("front", 0), await picture("back", 3)];
  const answers = await predictor.predict([{ front }, { back }, { front, back }, {}]);
  assertBothCount(answers);
  assert.deepEqual(answers[2]!.groups, [...SIDES]);
});

test("report and card say which network is frozen", async () => {
  const card = await readFile(join(root, "out", "README.md"), "utf8");
  assert.match(card, /Front: global average and maximum of a pretrained .*frozen/);
  assert.match(card, /Back: global average and maximum of a pretrained .*fine-tuned/);
});
