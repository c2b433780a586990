/** The whole program on two texts of one group: what is published, what is said of it, and answers from it. */

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openBundle } from "../../../node/bundle.ts";
import { openSession } from "../../../node/session.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { explainItem } from "../../../predictor/explain.ts";
import { createPredictor } from "../../../predictor/predictor.ts";
import { start } from "./tinyRun.ts";

const DESCRIPTION = {
  name: "news",
  items: "items.csv",
  inputs: {
    head: { type: "text", group: "article", weight: 2 },
    body: { type: "text", group: "article" },
    year: { type: "number", from: "body", pattern: "(\\d{4})" },
  },
  target: { type: "labels", column: "topic" },
  split: { test: 0.25, seed: 2 },
};

/** Eighty articles, of whose topic the head tells in half of them, and the body in the other. */
function articles(): string {
  const random = createRandom("news");
  const lines = ["head,body,topic"];
  for (let i = 0; i < 80; i++) {
    const topic = ["oil", "grain"][i % 2]!;
    const word = topic === "oil" ? "barrels" : "wheat";
    const [head, body] = i % 4 < 2 ? [word, "prices"] : ["prices", word];
    lines.push(`${head} n${random.int(9)},${body} rise in ${1990 + random.int(9)},${topic}`);
  }
  return `${lines.join("\n")}\n`;
}

test("two texts of a group are published as one tower, with an attention each", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "marquee-news-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  await mkdir(join(root, "data"));
  await writeFile(join(root, "data", "items.csv"), articles());
  await writeFile(join(root, "data", "dataset.json"), JSON.stringify(DESCRIPTION));
  const out = join(root, "out");
  const { code, stderr } = await start("pipeline/main.ts", [
    ...["--data", join(root, "data"), "--out", out, "--cache", join(root, "cache"), "--no-log"],
    ...["--backend", "wasm", "--threads", "1", "--folds", "2", "--fold-workers", "1"],
    ...["--article-max-words", "6"],
  ]).finished;
  assert.equal(code, 0, stderr);

  const { manifest } = await openBundle(out);
  const { head, body, year } = manifest.inputs as unknown as Record<
    string,
    Record<string, unknown>
  >;
  assert.deepEqual([head!.group, body!.group, year!.group], ["article", "article", "article"]);
  assert.deepEqual(head!.vocabulary, body!.vocabulary);
  assert.deepEqual([head!.maxWords, body!.maxWords], [6, 6]);
  const card = await readFile(join(out, "README.md"), "utf8");
  assert.match(
    card,
    /support vector machine per label, .*head and body are read one after another/,
  );

  const { run, close } = await openSession(await readFile(join(out, "model.onnx")));
  const predictor = createPredictor(manifest, run);
  for (const item of [{ head: "Barrels" }, { body: "barrels in 1991" }]) {
    const { prediction, inputs } = await explainItem(predictor, item);
    assert.equal(prediction.scores[0]!.label, "oil");
    assert.deepEqual(Object.keys(inputs), ["article"]);
    assert.deepEqual(
      [prediction.attention.head!.length, prediction.attention.body!.length],
      "head" in item ? [1, 0] : [0, 3],
    );
  }
  await close();
});
