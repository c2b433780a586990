/** The whole program on a class and on a number: what it publishes is what its own predictor answers. */

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBundle } from "../../../node/bundle.ts";
import { openSession } from "../../../node/session.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { createPredictor } from "../../../predictor/predictor.ts";
import { start } from "./tinyRun.ts";

const KINDS = ["shoes", "jackets", "hats"];
const WORDS = ["boot sneaker sandal", "parka anorak coat", "beanie cap beret"].map((words) =>
  words.split(" "),
);
/** Price of each kind. */
const PRICES = [60, 120, 20];

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-targets-"));
  await mkdir(join(root, "data"));
  const random = createRandom("targets");
  const rows = ["sku,name,details,kind,price"];
  for (let i = 0; i < 150; i++) {
    const kind = random.int(3);
    const word = WORDS[kind]![random.int(3)]!;
    const price = PRICES[kind]! + 5 * random.normal();
    rows.push(`p${i},fine ${word},number ${random.int(9)},${KINDS[kind]},${price.toFixed(2)}`);
  }
  await writeFile(join(root, "data", "items.csv"), `${rows.join("\n")}\n`);
});
after(() => rm(root, { recursive: true, force: true }));

async function train(name: string, target: object, ...args: string[]) {
  const data = join(root, "data", `${name}.json`);
  const description = {
    name: "shop",
    nouns: { item: "product", items: "products", label: "kind", labels: "kinds" },
    items: "items.csv",
    id: "sku",
    inputs: { name: { type: "text" }, details: { type: "text" } },
    target,
    split: { test: 0.25, seed: 1 },
  };
  await writeFile(data, JSON.stringify(description));
  const out = join(root, name);
  const common = [
    "--no-log",
    "--backend",
    "wasm",
    "--threads",
    "1",
    "--cache",
    join(root, "cache"),
  ];
  const { code, stderr, stdout } = await start("pipeline/main.ts", [
    ...common,
    ...["--data", data, "--out", out],
    ...args,
  ]).finished;
  assert.equal(code, 0, stderr);
  const { manifest } = await openBundle(out);
  const { run, close } = await openSession(await readFile(join(out, "model.onnx")));
  const predictor = createPredictor(manifest, run);
  const predictions = await predictor.predict(WORDS.map(([word]) => ({ name: `fine ${word}` })));
  await close();
  const texts = await Promise.all(
    ["README.md", "report.html"].map((file) => readFile(join(out, file), "utf8")),
  );
  for (const text of [...texts, stdout]) {
    assert.doesNotMatch(text, /movie|genre|poster|\bNaN\b|undefined/i);
  }
  return { manifest, predictions, stdout, stderr, card: texts[0]!, report: texts[1]! };
}

test("a class: right answers, a confusion matrix, and calibration", async () => {
  const { manifest, predictions, stdout, card, report } = await train(
    "class",
    { type: "class", column: "kind" },
    ...["--folds", "2", "--fold-workers", "1"],
  );
  const { target, metrics, graph } = manifest;
  assert.equal(target.type, "class");
  assert.deepEqual([...(target.type === "class" ? target.classes : [])].sort(), [...KINDS].sort());
  assert.equal(graph.outputs[0]!.name, "probabilities");
  assert.ok(metrics.accuracy! > 0.9, JSON.stringify(metrics));
  assert.ok(metrics["folds accuracy"]! > 0.9);
  assert.ok(metrics["accuracy from details"]! < 0.7);
  for (const [i, { scores }] of predictions.entries()) {
    const [best, ...others] = scores;
    assert.deepEqual([best!.label, best!.selected], [KINDS[i], true]);
    assert.ok(others.every(({ selected }) => !selected));
    const sum = scores.reduce((total, { probability }) => total + probability, 0);
    assert.ok(Math.abs(sum - 1) < 1e-5);
  }
  assert.match(stdout, /accuracy \[95 %\].*macro F1.*top-3.*log loss/);
  assert.match(stdout, /baseline: most frequent kind/);
  assert.match(report, /Confusion matrix of the kinds/);
  assert.match(report, /ECE\), of the most probable kind/);
  assert.match(
    card,
    /Expected calibration error \(ECE\), of the most probable kind: \d\.\d{3,} from all inputs/,
  );
  assert.match(card, /exactly one of the kinds holds/);
});

test("a number: values in its unit, and residuals", async () => {
  const { manifest, predictions, stdout, card, report } = await train(
    "number",
    { type: "number", column: "price" },
    ...["--details-encoder", "bag", "--details-epochs", "3"],
  );
  const { target, metrics, graph } = manifest;
  assert.deepEqual([target.type, graph.outputs[0]!.name], ["number", "value"]);
  assert.ok(target.type === "number" && target.min < 25 && target.max > 115);
  assert.ok(metrics.mae! < 15 && metrics["r²"]! > 0.7, JSON.stringify(metrics));
  for (const [i, { scores, value }] of predictions.entries()) {
    assert.deepEqual(scores, []);
    assert.ok(Math.abs(value! - PRICES[i]!) < 25, `${value} for ${PRICES[i]}`);
  }
  assert.match(stdout, /MAE \[95 %\].*RMSE.*R².*Spearman/);
  assert.match(stdout, /baseline: name \+ details TF-IDF, ridge/);
  assert.match(report, /Residuals by answers/);
  assert.doesNotMatch(report, /ECE/);
  assert.match(card, /- type: "MAE"/);
  assert.match(report, /“value”, in its own unit/);
});

test("the losses that --help names are those of the target", async () => {
  const help = async (name: string) =>
    (
      await start("pipeline/main.ts", ["--data", join(root, "data", `${name}.json`), "--help"])
        .finished
    ).stdout;
  assert.match(await help("class"), /--train-loss[\s\S]*cross-entropy[\s\S]*weighted/);
  const ofNumber = await help("number");
  assert.match(ofNumber, /huber/);
  assert.match(ofNumber, /better validation MAE/);
  assert.doesNotMatch(ofNumber, /bce|margin|smoothing/);
});
