/** The whole program on data sets that a description declares: what it publishes, and what it refuses. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { parquetWriteBuffer } from "hyparquet-writer";
import { openBundle } from "../../../node/bundle.ts";
import { describeError } from "../../../node/describeError.ts";
import { OptionsError } from "../../../node/options/optionsError.ts";
import { decodePoster } from "../../../node/poster.ts";
import { openSession } from "../../../node/session.ts";
import { findDataset, loadDataset } from "../../../pipeline/dataset/load.ts";
import { InputError } from "../../../predictor/errors.ts";
import { createPredictor } from "../../../predictor/predictor.ts";
import { labelsTarget } from "../../../predictor/targets/labels.ts";
import { createShop, PRODUCTS, type Shop } from "./products.ts";
import { type ProcessResult, start } from "./tinyRun.ts";

let shop: Shop;
before(async () => {
  shop = await createShop();
});
after(() => shop.remove());

const GENERAL = ["--no-log", "--backend", "wasm", "--threads", "1", "--seed", "5"];
const SECTIONS = [
  ...["--picture-epochs", "4", "--picture-height", "16", "--picture-width", "16"],
  ...["--picture-channels", "4,8", "--picture-learning-rate", "0.01"],
  ...["--reviews-epochs", "3", "--reviews-dimensions", "8", "--reviews-units", "16"],
  ...["--reviews-networks", "2"],
];

function run(name: string, data: string, ...args: string[]) {
  const paths = ["--data", data, "--out", join(shop.root, name)];
  const cache = ["--cache", join(shop.root, `${name}-cache`)];
  return start("pipeline/main.ts", [...GENERAL, ...paths, ...cache, ...args]);
}

async function train(name: string, data: string, ...args: string[]): Promise<ProcessResult> {
  const result = await run(name, data, ...args).finished;
  assert.equal(result.code, 0, result.stderr);
  return result;
}

/** A copy of the shop, its description with these keys in place of the usual ones. */
async function shopWith(
  name: string,
  keys: object,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<string> {
  const data = join(shop.root, name);
  await cp(shop.data, data, { recursive: true });
  await writeFile(join(data, "dataset.json"), JSON.stringify({ ...PRODUCTS, ...keys }));
  for (const [file, content] of Object.entries(files)) await writeFile(join(data, file), content);
  return data;
}

const fileOf = (name: string, file: string) => readFile(join(shop.root, name, file));

async function textsOf(name: string): Promise<{ card: string; report: string }> {
  const [card, report] = await Promise.all(
    ["README.md", "report.html"].map(async (file) => String(await fileOf(name, file))),
  );
  return { card: card!, report: report! };
}

/** What people read of a page. */
function visible(html: string): string {
  return html.replace(/<(script|style)\b.*?<\/\1>/gs, "").replace(/<[^>]*>/g, " ");
}

/** mAP@5 by row of the summary. */
function figures(stdout: string): Map<string, number> {
  const rows = stdout.matchAll(/^\| ([^|]+?) +\| +\d+[^|]*\| +(\d\.\d+).* \|$/gm);
  return new Map([...rows].reverse().map(([, name, value]) => [name!, Number(value)]));
}

/** Rows that begin with "baseline:" and tell how often labels occur. */
function frequencyBaseline(rows: ReadonlyMap<string, number>): number {
  const [, value] = [...rows].find(([name]) => /^baseline: \w+ frequency$/.test(name))!;
  return value;
}

test("a shop with two texts, pictures and reviews is trained, published, and answers", async () => {
  const [first, second] = await Promise.all([
    train("a", shop.data, ...SECTIONS),
    train("b", join(shop.data, "dataset.json"), ...SECTIONS),
  ]);
  const { manifest, graph } = await openBundle(join(shop.root, "a"));
  assert.deepEqual(
    Object.entries(manifest.inputs).map(([name, { type }]) => [name, type]),
    [
      ["name", "text"],
      ["details", "text"],
      ["picture", "image"],
      ["reviews", "ratings"],
    ],
  );
  assert.deepEqual(
    new Set(labelsTarget(manifest.target).labels),
    new Set(["shoes", "jackets", "hats", "sale"]),
  );
  assert.equal(manifest.provenance.dataset, "shop");
  assert.deepEqual(
    manifest.graph.inputs.map(({ name }) => name).sort(),
    [
      ...["details_tokens", "has_picture", "name_tokens", "picture"],
      ...["review_stars", "review_users"],
    ].sort(),
  );

  const rows = figures(first.stdout);
  assert.ok(rows.get("all inputs")! > frequencyBaseline(rows) + 0.2, first.stdout);
  for (const name of ["name", "details", "picture"]) {
    assert.ok(rows.get(name)! > frequencyBaseline(rows), `${name}\n${first.stdout}`);
  }
  const [, hint] = /\nTry it: npm run predict -- --model \S+ (--name .+)\n/.exec(first.stdout)!;
  const { card, report } = await textsOf("a");
  assert.ok(card.includes(` ${hint}\n`), hint);
  for (const text of [card, visible(report)]) {
    assert.doesNotMatch(text, /undefined|NaN|\[object|Infinity/);
    for (const name of Object.keys(PRODUCTS.inputs)) assert.match(text, new RegExp(name, "i"));
  }

  assert.equal(figures(second.stdout).get("all inputs"), rows.get("all inputs"));
  assert.ok((await fileOf("a", "model.onnx")).equals(await fileOf("b", "model.onnx")));

  const session = await openSession(graph, { threads: 1 });
  const { predict } = createPredictor(manifest, session.run);
  const products = (await readFile(join(shop.data, "products.csv"), "utf8")).trim().split("\n");
  const red = products.find((line) => line.endsWith("|sale"))!.split(",")[0]!;
  const bytes = await readFile(join(shop.data, "pictures", `${red}.png`));
  const [whole, part, none] = await predict([
    {
      name: "Sturdy parka",
      details: "hood, waterproof",
      picture: await decodePoster(bytes, "picture"),
      reviews: [{ user: "c1", stars: 5 }],
    },
    { details: "brim, knitted" },
    {},
  ]);
  const top = whole!.scores.slice(0, 2).map(({ label }) => label);
  assert.deepEqual(new Set(top), new Set(["jackets", "sale"]));
  assert.ok(Object.values(whole!.inputWeights).every((weight) => weight !== 0));
  assert.equal(part!.scores[0]!.label, "hats");
  assert.deepEqual(
    Object.entries(part!.inputWeights).map(([name, weight]) => [name, weight !== 0]),
    [
      ["name", false],
      ["details", true],
      ["picture", false],
      ["reviews", false],
    ],
  );
  assert.deepEqual(
    part!.attention.details!.map(({ part: word }) => word),
    ["brim", "knitted"],
  );
  assert.ok(none!.scores.every(({ probability }) => probability > 0 && probability < 1));
  await assert.rejects(predict([{ name: ["Boot"] }]), /name: is not text/);
  await assert.rejects(predict([{ reviews: [{ user: "c1", stars: 99 }] }]), /^InputError: reviews/);
  await session.close();
});

describe("other runs", { concurrency: 2 }, () => {
  test("a run that was killed is resumed to the very same model", async () => {
    const { child, stderr, finished } = run("resumed", shop.data, ...SECTIONS);
    let over = false;
    void finished.then(() => {
      over = true;
    });
    while (!over && !/picture epoch 2/.test(stderr())) await pause(2);
    child.kill("SIGKILL");
    assert.equal((await finished).code, null, "the run was over before it was killed");
    const resumed = await train("resumed", shop.data, ...SECTIONS, "--resume");
    const [, kept] = /resuming: (.*)/.exec(resumed.stderr)!;
    for (const tower of [/name finished/, /details finished/, /picture after epoch \d/]) {
      assert.match(kept!, tower);
    }
    // The file of the test before.
    assert.ok((await fileOf("resumed", "model.onnx")).equals(await fileOf("a", "model.onnx")));
  });

  test("folds are trained and averaged like those of movies", async () => {
    const folds = [
      "--folds",
      "2",
      "--fold-workers",
      "1",
      "--publish",
      "folds",
      "--picture-epochs",
      "1",
    ];
    const { stdout } = await train("folds", shop.data, ...SECTIONS, ...folds);
    const { manifest } = await openBundle(join(shop.root, "folds"));
    assert.deepEqual(Object.keys(manifest.inputs), Object.keys(PRODUCTS.inputs));
    const rows = figures(stdout);
    assert.ok(rows.get("all inputs")! > frequencyBaseline(rows), stdout);
    const { card, report } = await textsOf("folds");
    for (const text of [card, visible(report)]) {
      assert.doesNotMatch(text, /undefined|NaN|\[object|Infinity/);
    }
  });

  test("a single text is enough; its labels may be those of a file", async () => {
    const data = await shopWith(
      "single-data",
      {
        inputs: { details: PRODUCTS.inputs.details },
        target: { ...PRODUCTS.target, labels: "tags.txt" },
      },
      { "tags.txt": "hats\njackets\nsale\nshoes\n" },
    );
    for (const name of ["pictures", "reviews.csv"]) await rm(join(data, name), { recursive: true });
    const { stdout, stderr } = await train("single", data, "--details-max-words", "20");
    const { manifest, graph } = await openBundle(join(shop.root, "single"));
    assert.deepEqual(Object.keys(manifest.inputs), ["details"]);
    assert.deepEqual(labelsTarget(manifest.target).labels, ["hats", "jackets", "sale", "shoes"]);
    assert.deepEqual(manifest.graph.inputs, [
      { name: "details_tokens", type: "int32", shape: ["batch", 20, 1] },
    ]);
    const rows = figures(stdout);
    assert.ok(rows.get("all inputs")! > frequencyBaseline(rows) + 0.1, stdout);
    assert.doesNotMatch(stderr, /warning/);
    const { card, report } = await textsOf("single");
    for (const text of [card, visible(report)]) {
      assert.doesNotMatch(text, /undefined|NaN|\[object|Infinity/);
    }
    const session = await openSession(graph, { threads: 1 });
    const [answer] = await createPredictor(manifest, session.run).predict([
      { details: "cushioned sole with laces" },
    ]);
    assert.equal(answer!.scores[0]!.label, "shoes");
    await session.close();
  });
});

describe("bad input ends with a sentence, and nothing is published", { concurrency: 2 }, () => {
  const text = { type: "text" };
  const parquet = Buffer.from(
    parquetWriteBuffer({ columnData: [{ name: "tags", data: ["x", "y"], type: "STRING" }] }),
  );
  const rows = Array.from({ length: 40 }, (_, i) => `p${i},Name ${i},Details ${i}`);
  const withoutTags = `sku,name,details,tags\n${rows.map((row) => `${row},\n`).join("")}`;

  interface Case {
    readonly keys?: object;
    /** The description's text, where it is no object. */
    readonly description?: string;
    readonly files?: Readonly<Record<string, string | Uint8Array>>;
    readonly strict?: true;
    /** Whether it is tried as users do: a process takes as long as everything else. */
    readonly whole?: true;
    readonly code: number;
    readonly message: RegExp;
  }
  const cases: Record<string, Case> = {
    "a column that is missing": {
      keys: { inputs: { name: text, detail: text } },
      code: 2,
      message: /^error: inputs\.detail: .* no column "detail"; did you mean "details"\?$/m,
    },
    "two inputs of one name": {
      whole: true,
      description: `{\n"name": "shop", "items": "products.csv",\n"inputs": {\n"name": { "type": "text" },\n"name": { "type": "text", "column": "details" } },\n"target": { "type": "labels", "column": "tags" }\n}`,
      code: 2,
      message:
        /^error: dataset\.json:5: inputs\.name is the name of two inputs; the other is on line 4$/m,
    },
    "a target that is also an input": {
      keys: { inputs: { tags: text } },
      code: 2,
      message:
        /^error: dataset\.json:1: inputs\.tags reads the column "tags", which is the target:/m,
    },
    "a column of labels without any": {
      whole: true,
      files: { "products.csv": withoutTags },
      code: 2,
      message:
        /^error: target\.column: "tags" is empty in all 40 rows, so there is nothing to learn; name another column/m,
    },
    "a broken quote in the header": {
      files: { "products.csv": 'sku,"name,details,tags\np1,a,b,c\n' },
      code: 2,
      message: /^error: products\.csv: the header line has a quote /m,
    },
    "a broken quote in strict mode": {
      files: { "products.csv": `sku,name,details,tags\np1,"a,b,c\n${withoutTags}` },
      strict: true,
      code: 1,
      message: /^ {2}products\.csv:2: has a quote that opens and is never closed; close it/m,
    },
    "Parquet that is cut": {
      whole: true,
      keys: { items: "products.parquet" },
      files: { "products.parquet": parquet.subarray(0, parquet.length - 20) },
      code: 2,
      message:
        /^error: products\.parquet: is not Parquet, or is cut short \(.*\); get the file again$/m,
    },
    "a test table without a label": {
      keys: { split: { test: "test.csv" } },
      files: { "test.csv": withoutTags.replaceAll(/^p/gm, "t") },
      code: 2,
      message:
        /^error: split\.test: has no item that can be used \(test\.csv:2: has nothing in "tags", .*\); name another table, or/m,
    },
    "a category in the tower of a text": {
      keys: { inputs: { name: { type: "text" }, sku: { type: "category", group: "name" } } },
      code: 2,
      message: /^error: inputs\.sku\.group: is "name", the tower of an input of type text, which/m,
    },
  };
  for (const [what, bad] of Object.entries(cases)) {
    const { keys = {}, description, files, strict = false, whole, code, message } = bad;
    test(what, async () => {
      const name = what.replaceAll(" ", "-");
      const data = await shopWith(name, keys, files);
      if (description !== undefined) await writeFile(join(data, "dataset.json"), description);
      if (!whole) {
        await assert.rejects(
          async () => {
            await findDataset(data);
            await loadDataset({ data, cache: join(shop.root, "cache"), strict });
          },
          (error: Error) => {
            assert.match(describeError(error, "error: "), message);
            const wrong = error instanceof InputError || error instanceof OptionsError;
            assert.equal(wrong ? 2 : 1, code);
            return true;
          },
        );
        return;
      }
      const out = `${name}-out`;
      const result = await run(out, data).finished;
      assert.match(result.stderr, message);
      assert.equal(result.code, code, result.stderr);
      assert.doesNotMatch(result.stderr, /at .*\.[jt]s:\d+|internal:/, "a sentence, not a stack");
      assert.equal(result.stdout, "");
      assert.ok(!existsSync(join(shop.root, out)));
    });
  }

  test("an option of another data set", async () => {
    const { code, stderr } = await run("options-out", shop.data, "--poster-epochs", "1").finished;
    assert.match(stderr, /^error: unknown option '--poster-epochs'; did you mean --picture-epochs/);
    assert.equal(code, 2);
  });
});
