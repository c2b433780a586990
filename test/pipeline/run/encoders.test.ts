/** The whole program on texts and images that pretrained ONNX encoders read, and its bundle in the server's commands. */

import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBundle } from "../../../node/bundle.ts";
import { decodePoster } from "../../../node/poster.ts";
import { openSession } from "../../../node/session.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { openInputs } from "../../../predictor/item.ts";
import { createPredictor } from "../../../predictor/predictor.ts";
import { createLabOf } from "../../serve/server.ts";
import { imageEncoder, textEncoder, wordPiece, writeEncoder } from "../onnxFiles.ts";
import { assertBothCount, writeLamps, writePicture } from "./lamps.ts";
import { start } from "./tinyRun.ts";

const SIZE = 32;
const WORDS = ["crimson", "scarlet", "azure", "navy", "lamp", "chair", "old", "new"];
const INPUTS = { words: { type: "text" }, front: { type: "image" } };

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-encoders-"));
  await writeData(join(root, "data"));
  const text = await writeEncoder(join(root, "text"), textEncoder(4 + WORDS.length), {
    "tokenizer.json": wordPiece(WORDS),
    "tokenizer_config.json": { tokenizer_class: "BertTokenizer", pad_token: "[PAD]" },
  });
  const image = await writeEncoder(join(root, "image"), imageEncoder(SIZE), {
    "preprocessor_config.json": {
      size: { height: SIZE, width: SIZE },
      image_mean: [0.4, 0.5, 0.6],
      image_std: [0.2, 0.25, 0.3],
    },
  });
  const result = await start("pipeline/main.ts", [
    ...["--data", join(root, "data"), "--out", join(root, "out"), "--cache", join(root, "cache")],
    ...["--no-log", "--backend", "wasm", "--threads", "1"],
    // Regularised strongly: what half precision loses in so small encoders would not be published otherwise.
    ...["--words-backbone", text, "--words-backbone-inverse-regularisation", "0.1"],
    ...["--front-backbone", image, "--front-head", "linear"],
  ]).finished;
  assert.equal(result.code, 0, result.stderr);
});
after(() => rm(root, { recursive: true, force: true }));

/** Words and front both tell the kind. */
async function writeData(folder: string): Promise<void> {
  const random = createRandom("encoders");
  await writeLamps(folder, INPUTS, async (i, kind) => {
    const front = `front${i}.png`;
    await writePicture(join(folder, front), { size: SIZE, colour: () => kind, random });
    const words = `${WORDS[6 + random.int(2)]} ${WORDS[2 * kind + random.int(2)]} ${WORDS[4 + random.int(2)]}`;
    return { words, front };
  });
}

test("the bundle is one graph, which reads words and pictures itself", async () => {
  const { manifest, graph, files } = await openBundle(join(root, "out"));
  assert.deepEqual(
    manifest.graph.inputs.map(({ name }) => name),
    ["words_tokens", "words_input_ids", "words_attention_mask", "front", "has_front"],
  );
  assert.deepEqual(Object.keys(files), ["words_tokenizer.json", "words_tokenizer_config.json"]);
  assert.ok("model_fp16.onnx" in manifest.files && "model_quantized.onnx" in manifest.files);
  const session = await openSession(graph);
  const predictor = createPredictor(
    manifest,
    session.run,
    await openInputs(manifest.inputs, files),
  );
  const front = await decodePoster(await readFile(join(root, "data", "front3.png")));
  const answers = await predictor.predict([
    { words: "old crimson lamp" },
    { front },
    { words: "old crimson lamp", front },
    {},
  ]);
  assertBothCount(answers);
  await session.close();
});

test("server and command answer as the predictor does", async () => {
  const lab = await createLabOf((path) => cp(join(root, "out"), path, { recursive: true }));
  const server = await lab.serve();
  const words = "new navy chair";
  const file = join(root, "data", "front3.png");
  const { manifest, graph, files } = await openBundle(join(root, "out"));
  const session = await openSession(graph, { threads: 1 });
  const opened = await openInputs(manifest.inputs, files);
  const predictor = createPredictor(manifest, session.run, opened);
  const [expected] = await predictor.predict([
    { words, front: await decodePoster(await readFile(file)) },
  ]);
  await session.close();
  const body = new FormData();
  body.set("words", words);
  body.set("front", new Blob([await readFile(file)]), "front.png");
  const response = await fetch(`${server.url}/v1/predict`, { method: "POST", body });
  const command = await start("serve/predict.ts", [
    ...["--model", join(root, "out"), "--words", words, "--front", file, "--json"],
  ]).finished;
  assert.equal(command.code, 0, command.stderr);
  for (const answer of [await response.json(), JSON.parse(command.stdout)]) {
    for (const [i, { label, probability }] of expected!.scores.entries()) {
      const score = (answer as { scores: { label: string; probability: number }[] }).scores[i]!;
      assert.equal(score.label, label);
      assert.ok(
        Math.abs(score.probability - probability) < 1e-6,
        `${score.probability}, expected ${probability}`,
      );
    }
  }
  await lab.close();
});
