/** The whole program on every type of input at once: two images, a table, sequences, a number beside a text. */

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBundle } from "../../../node/bundle.ts";
import { decodePoster } from "../../../node/poster.ts";
import { openSession } from "../../../node/session.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { createPredictor } from "../../../predictor/predictor.ts";
import { writePicture } from "./lamps.ts";
import { start } from "./tinyRun.ts";

const ITEMS = 60;

const DESCRIPTION = {
  name: "lamps",
  items: "items.jsonl",
  id: "id",
  inputs: {
    name: { type: "text" },
    length: { type: "number", group: "name" },
    front: { type: "image", folder: "front" },
    back: { type: "image", folder: "back" },
    price: { type: "number", min: 0 },
    brand: { type: "category" },
    colours: { type: "category" },
    walk: { type: "sequence" },
    level: { type: "sequence", features: 1 },
  },
  target: { type: "labels", column: "kind" },
  split: { test: 0.25, seed: 2 },
};

let root: string;
let stderr: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-types-"));
  await writeData(join(root, "data"));
  const general = ["--no-log", "--backend", "wasm", "--threads", "1", "--folds", "2"];
  const sizes = ["--front-height", "16", "--front-width", "16", "--back-height", "24"];
  const images = ["front", "back"].flatMap((name) => [
    ...[`--${name}-channels`, "4,8", `--${name}-epochs`, "3", `--${name}-learning-rate`, "0.01"],
  ]);
  const sequences = ["--walk-attention", "bahdanau", "--walk-units", "8", "--level-encoder", "cnn"];
  const epochs = ["--walk-epochs", "3", "--level-epochs", "3", "--table-epochs", "12"];
  const result = await start("pipeline/main.ts", [
    ...["--data", join(root, "data"), "--out", join(root, "out"), "--cache", join(root, "cache")],
    ...["--fold-workers", "1", "--back-width", "16"],
    ...[...general, ...sizes, ...images, ...sequences, ...epochs],
  ]).finished;
  assert.equal(result.code, 0, result.stderr);
  stderr = result.stderr;
});
after(() => rm(root, { recursive: true, force: true }));

async function writeData(folder: string): Promise<void> {
  const random = createRandom("lamps");
  for (const side of ["front", "back"]) await mkdir(join(folder, side), { recursive: true });
  const lines: string[] = [];
  for (let i = 0; i < ITEMS; i++) {
    const kind = i % 2;
    // Each input tells it for some items only.
    const tells = (part: number) => (i % 5 === part ? kind : random.int(2));
    for (const [part, side] of ["front", "back"].entries()) {
      const colour = () => tells(part);
      await writePicture(join(folder, side, `${i}.png`), { size: 16, colour, random });
    }
    const steps = [
      [0, random.normal()],
      [1, random.normal()],
      [2, random.normal()],
    ].slice(0, 1 + random.int(3));
    lines.push(
      JSON.stringify({
        id: `i${i}`,
        name: `lamp ${["bright", "dim"][tells(2)]} ${i}`,
        length: 10 + kind * 5 + random.next(),
        front: `${i}.png`,
        ...(i % 4 === 0 ? {} : { back: `${i}.png` }),
        ...(i % 3 === 0 ? {} : { price: 5 * random.next() + 3 * kind }),
        brand: `b${tells(3)}`,
        colours: ["red", "blue", "green"].slice(0, 1 + random.int(3)),
        walk: kind === 1 ? steps : [...steps].reverse(),
        level: Array.from({ length: 2 + random.int(4) }, () => kind + random.normal()),
        kind: ["day", "night"][kind],
      }),
    );
  }
  await writeFile(join(folder, "items.jsonl"), `${lines.join("\n")}\n`);
  await writeFile(join(folder, "dataset.json"), JSON.stringify(DESCRIPTION));
}

const opened = async () => {
  const bundle = await openBundle(join(root, "out"));
  const session = await openSession(await readFile(join(root, "out", "model.onnx")));
  return { manifest: bundle.manifest, predictor: createPredictor(bundle.manifest, session.run) };
};

test("the manifest has what was fitted, by input and group", async () => {
  const { manifest } = await opened();
  const { inputs } = manifest as unknown as { inputs: Record<string, Record<string, unknown>> };
  const groups = Object.entries(inputs).map(([name, { group }]) => group ?? name);
  assert.deepEqual([...new Set(groups)], [...["name", "front", "back", "table", "walk", "level"]]);
  assert.deepEqual([inputs.front!.height, inputs.back!.height], [16, 24]);
  assert.deepEqual((inputs.brand!.values as string[]).toSorted(), ["b0", "b1"]);
  assert.equal(inputs.colours!.maxValues, 3);
  assert.ok((inputs.price!.scale as number) > 0 && inputs.price!.min === 0);
  assert.deepEqual([inputs.walk!.maxSteps, inputs.walk!.features], [3, 2]);
  assert.equal(inputs.level!.features, 1);
  const outputs = manifest.graph.outputs.map(({ name }) => name);
  assert.deepEqual(outputs, [
    ...["probabilities", "name_attention", "walk_attention", "modality_weights"],
  ]);
});

test("every input of the bundle changes its answers", async () => {
  const { predictor } = await opened();
  const picture = async (side: string) =>
    decodePoster(await readFile(join(root, "data", side, "1.png")));
  // Neither label is certain: float32 would hide what an input adds to a probability of 0 or 1.
  const whole = {
    name: "lamp bright 5",
    length: 12,
    front: await picture("front"),
    back: await picture("back"),
    price: 3,
    brand: "b1",
    colours: ["red", "blue"],
    walk: [
      [0, 1],
      [1, -1],
    ],
    level: [1, 2, 0],
  };
  const others = Object.keys(whole).map((name) =>
    Object.fromEntries(Object.entries(whole).filter(([key]) => key !== name)),
  );
  const [full, ...rest] = await predictor.predict([whole, ...others, {}]);
  const day = ({ scores }: { scores: readonly { label: string; probability: number }[] }) =>
    scores.find(({ label }) => label === "day")!.probability;
  for (const [i, name] of Object.keys(whole).entries()) {
    assert.notEqual(day(rest[i]!), day(full!), name);
  }
  assert.deepEqual(full!.groups, ["name", "front", "back", "table", "walk", "level"]);
  assert.deepEqual(rest.at(-1)!.groups, []);
});

test("report and card say how each tower reads its inputs", async () => {
  const card = await readFile(join(root, "out", "README.md"), "utf8");
  for (const part of [
    /Table: linear terms of price, brand, colours, and a hidden layer of 64 units/,
    /on the columns without steps, which has a share of 0\.5/,
    /Walk: a? ?LSTM over its standardised steps, with bahdanau attention/i,
    /Level: a convolution over 3 standardised steps/,
    /smooth steps over the length/,
  ]) {
    assert.match(card, part);
  }
  const report = await readFile(join(root, "out", "report.html"), "utf8");
  assert.match(report, /Known values of brand/);
  assert.match(stderr, /table tower|table epoch/);
  // Trained on all folds at last, with nothing held out: the first fold has measured every epoch.
  assert.match(report, /The curves are those of the first fold/);
  const [, table] = report.split("<h4>table</h4>");
  assert.match(
    table!,
    /<td class="n">1<\/td><td class="n">0\.\d{4}<\/td><td class="n">0\.\d{4}<\/td>/,
  );
});
