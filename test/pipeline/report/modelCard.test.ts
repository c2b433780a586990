/** The model card: front matter, metrics, and statements about the data. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { renderReport } from "../../../pipeline/report/html.ts";
import { renderModelCard } from "../../../pipeline/report/modelCard.ts";
import type { RunRecord } from "../../../pipeline/report/runRecord.ts";
import type { LabelsDetail } from "../../../pipeline/targets/labels/evaluation.ts";
import { sampleRun } from "./sampleRun.ts";

const REAL = { ...sampleRun().dataset, name: "MovieLens-1M", synthetic: false };

const genresOf = ({ evaluation }: RunRecord) => (evaluation.detail as LabelsDetail).labels;

test("the card begins with front matter that has the metrics", () => {
  const run = sampleRun();
  const [, front] = /^---\n([\s\S]*?)\n---\n/.exec(renderModelCard(run))!;
  const lines = front!.split("\n");
  for (const line of ["license: apache-2.0", "library_name: onnx", "pipeline_tag: other"]) {
    assert.ok(lines.includes(line), line);
  }
  const full = run.evaluation.rows.find(({ name }) => name === run.evaluation.fullRow);
  const at = lines.indexOf(`          - type: "mAP@5"`);
  assert.equal(lines[at + 1], `            value: ${Number(full!.score!.mean.toFixed(4))}`);
});

test("the sections are in order", () => {
  const titles = [...renderModelCard(sampleRun()).matchAll(/^## (.*)$/gm)].map(
    ([, title]) => title,
  );
  assert.deepEqual(titles, [
    "Intended use",
    "How to use",
    "Inputs and outputs",
    "Training data and model",
    "Results",
    "Limits",
    "Licence",
    "Reproduction",
  ]);
});

test("synthetic data has a warning at the top and in the limits", () => {
  const card = renderModelCard(sampleRun());
  assert.match(card, /> \*\*Warning: synthetic data\.\*\*/);
  assert.match(card, /- \*\*Trained on synthetic data/);
  assert.match(card, /^ {2}- synthetic-data$/m);
});

test("for real data, the card states that none is redistributed and names its terms", () => {
  const card = renderModelCard(sampleRun({ dataset: REAL }));
  assert.doesNotMatch(card, /synthetic|invented/);
  assert.match(card, /^license: other$/m);
  assert.match(card, /nothing else of the data set, and no poster/);
});

test("all rows, genres and files of the record are in tables", () => {
  const run = sampleRun();
  const card = renderModelCard(run);
  for (const { name } of run.evaluation.rows) assert.ok(card.includes(` ${name} `), name);
  for (const { label } of genresOf(run)) assert.ok(card.includes(`| ${label} `), label);
  assert.match(card, /\| `model\.onnx` +\| +356\.6 KiB \| +0\.823 \| +- \|/);
  assert.match(card, /\| `model_quantized\.onnx` +\| +96\.0 KiB \| +0\.821 \| +[\d.e-]+ \|/);
  assert.ok(card.includes(run.command));
});

test("names in running text are escaped", () => {
  const dataset = { ...REAL, name: "<script>*x*</script>", labels: ["a|b", "<b>"] };
  const genres = genresOf(sampleRun()).map((genre) => ({ ...genre, label: "<script>" }));
  const evaluation = { ...sampleRun().evaluation, detail: { labels: genres } };
  const body = renderModelCard(sampleRun({ dataset, evaluation })).split("\n---\n")[1]!;
  assert.doesNotMatch(body, /(?<!\\)<script/);
  assert.match(body, /\\\*x\\\*/);
});

test("equal records give equal cards, without superfluous blank lines", () => {
  assert.equal(renderModelCard(sampleRun()), renderModelCard(sampleRun()));
  assert.doesNotMatch(renderModelCard(sampleRun()), /\n{3}|undefined|NaN/);
});

test("without a test split, the card names the validation split and calls its figures optimistic", () => {
  assert.match(renderModelCard(sampleRun()), /^ {10}split: test$/m);
  assert.doesNotMatch(renderModelCard(sampleRun()), /optimistic/);
  const genres = genresOf(sampleRun()).map((genre) => ({ ...genre, support: 3 }));
  const evaluation = { ...sampleRun().evaluation, detail: { labels: genres } };
  const dataset = { ...REAL, evaluatedOn: "validation" as const };
  const card = renderModelCard(sampleRun({ dataset, evaluation }));
  assert.match(card, /^ {10}split: validation$/m);
  assert.match(card, /mAP@5 on the validation split: \*\*/);
  assert.match(card, /Genres with fewer than 20 validation movies/);
  assert.equal(card.match(/these figures are optimistic/g)?.length, 2, "introduction and limits");
  assert.doesNotMatch(card, /on the test split|test movies/);
});

test("a file that is left out is named with the reason, but not listed", () => {
  const [fp32, q8] = sampleRun().precisions;
  const card = renderModelCard(
    sampleRun({ precisions: [fp32!, { ...q8!, leftOut: "it loses 0.200" }] }),
  );
  assert.match(card, /model_quantized\.onnx is left out: it loses 0\.200\./);
  assert.doesNotMatch(card, /\| `model_quantized/);
});

test("an input that is left out is named in the introduction and in the limits", () => {
  const leftOut = [{ input: "ratings", reason: "no training movie has ratings" }] as const;
  const card = renderModelCard(sampleRun({ leftOut }));
  const sentence = /^(- )?The ratings input is left out: no training movie has ratings, so/gm;
  assert.deepEqual(
    [...card.matchAll(sentence)].map(([, bullet]) => bullet),
    [undefined, "- "],
  );
});

test("what is predicted from what is the data set's own", async () => {
  const run = sampleRun();
  const dataset = { ...run.dataset, subject: "Article topics from title and body" };
  assert.match(
    renderModelCard({ ...run, dataset }),
    /\nArticle topics from title and body: a TensorFlow/,
  );
  assert.match(
    await renderReport({ ...run, dataset }),
    /Article topics from title and body\. Trained on/,
  );
});

test("the licence says what of the data set the folder has", () => {
  const run = sampleRun({ dataset: { ...REAL, evaluatedOn: "test" } });
  const count = run.mistakes.length;
  assert.ok(count > 0);
  assert.match(
    renderModelCard(run),
    new RegExp(
      `\\n.* contains weights, .* and, in \`report.html\`, ${count} movies? of the test split by name, `,
    ),
  );
  const silent = { ...run, mistakes: [], dataset: { ...run.dataset, issues: [], rated: [] } };
  assert.match(
    renderModelCard(silent),
    /contains only weights, a vocabulary and aggregate figures, neither the/,
  );
  const [rated] = run.dataset.rated;
  assert.match(
    renderModelCard({ ...silent, dataset: { ...silent.dataset, rated: [rated!] } }),
    /only weights, a vocabulary, the ids of users who rated and aggregate figures, neither the/,
  );
  const issue = { file: "ratings.dat", line: 3, message: '"u0" has rated "7" before' };
  assert.match(
    renderModelCard({ ...silent, dataset: { ...silent.dataset, issues: [issue] } }),
    /and, in `report.html`, what is wrong with rows and files, with their values; nothing else/,
  );
});
