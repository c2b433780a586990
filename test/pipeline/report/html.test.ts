/** The report: order of sections, escaping, and that it needs no other files. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { renderReport } from "../../../pipeline/report/html.ts";
import type { RunRecord } from "../../../pipeline/report/runRecord.ts";
import type { LabelsDetail } from "../../../pipeline/targets/labels/evaluation.ts";
import { sampleRun } from "./sampleRun.ts";

const CHARTS =
  "two plots per tower, four bar charts, the confusions, the network, the curve over ratings given, two learning curves, and a reliability plot per subset and group";

/** HTML elements without an end tag. */
const VOID = new Set(["meta", "link", "img", "br", "hr", "input"]);

/** Throws unless every tag is closed in the right order and no text contains a bare "<". */
function assertBalanced(page: string): void {
  const open: string[] = [];
  const body = page.replace(/<!doctype html>/i, "").replace(/<style>[^<]*<\/style>/g, "");
  const rest = body.replace(
    /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z][\w:-]*(?:="[^"<]*")?)*)\s*(\/?)>/gi,
    (_tag, end: string, name: string, _attributes, selfClosing: string) => {
      if (end) assert.equal(open.pop(), name, `</${name}> closes another element`);
      else if (!selfClosing && !VOID.has(name)) open.push(name);
      return "";
    },
  );
  assert.deepEqual(open, [], "elements left open");
  assert.doesNotMatch(rest, /</, "a bare <");
}

const NOTHING = { validation: Number.NaN, validationLoss: Number.NaN };

const genresOf = ({ evaluation }: RunRecord) => (evaluation.detail as LabelsDetail).labels;

test("the sections are in order, each with a link in the navigation", async () => {
  const page = await renderReport(sampleRun());
  const titles = ["Results", "Preprocess", "Approach", "Model", "Experiments"];
  assert.deepEqual(
    [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title),
    titles,
  );
  for (const title of titles) {
    const id = title.toLowerCase();
    assert.ok(page.includes(`<a href="#${id}">${title}</a>`));
    assert.ok(page.includes(`<section id="${id}"`));
  }
});

test("tags are balanced, including inline SVG", async () => {
  const page = await renderReport(sampleRun());
  assertBalanced(page);
  assert.equal(page.match(/<svg /g)?.length, 25, CHARTS);
  assert.equal(page.match(/<svg [^>]*role="img"/g)?.length, 25, CHARTS);
});

test("beside every chart is a paragraph on how to read it", async () => {
  const page = await renderReport(sampleRun());
  const parts = page.split(/<h[23]>/).filter((part) => part.includes("<svg "));
  assert.equal(parts.length, 10);
  for (const part of parts) {
    const title = part.slice(0, part.indexOf("<"));
    assert.match(part, /<p class="reading"><b>How to read it:<\/b> [^<]{40,}<\/p>/, title);
  }
});

test("the style of charts is said once, and their numbers are short", async () => {
  const page = await renderReport(sampleRun());
  assert.equal(page.match(/<style/g)?.length, 1);
  assert.match(page, /\.chart text, \.chart tspan \{ white-space: pre; \}/);
  for (const [chart] of page.matchAll(/<svg .*?<\/svg>/gs)) {
    assert.doesNotMatch(chart.replace(/>[^<]*</g, "><"), /\d\.\d{4}/);
  }
});

test("data is escaped in text, attributes and charts", async () => {
  const evil = `<script>alert("1")</script>&'`;
  const base = sampleRun();
  const labels = [evil, ...base.dataset.labels.slice(1)];
  const page = await renderReport(
    sampleRun({
      name: evil,
      command: evil,
      createdAt: `2026-01-01"${evil}`,
      config: { [evil]: evil },
      versions: { [evil]: evil },
      preprocess: { [evil]: evil },
      dataset: { ...base.dataset, name: evil, labels, issues: [{ file: evil, message: evil }] },
      model: {
        ...base.model,
        description: [evil],
        parts: [{ ...base.model.parts[0]!, name: evil, inputs: [evil] }],
        layers: base.model.layers.map((layer) => ({
          ...layer,
          part: evil,
          className: `Dense${evil}`,
        })),
      },
      mistakes: [{ name: evil, truth: evil, answer: evil, score: evil }],
      evaluation: {
        ...base.evaluation,
        fullRow: evil,
        rows: base.evaluation.rows.map((row) => ({ ...row, name: evil + row.name })),
        detail: {
          ...base.evaluation.detail,
          labels: genresOf(base).map((genre, i) => ({ ...genre, label: labels[i]! })),
          confusions: [{ missed: evil, answered: labels[1]!, items: 2 }],
        },
      },
    }),
  );
  assert.ok(!page.includes("<script"));
  assert.ok(page.includes("&lt;script&gt;"));
  assertBalanced(page);
});

test("the page fetches nothing: no scripts, resources or URLs", async () => {
  const page = await renderReport(sampleRun());
  for (const [, target] of page.matchAll(/(?:href|src|srcset|data|action)\s*=\s*"([^"]*)"/g)) {
    assert.match(target!, /^#/);
  }
  assert.doesNotMatch(page, /<(script|link|iframe|object|img)\b/);
  assert.doesNotMatch(page, /url\(|@import|https?:/);
});

test("equal records give equal pages", async () => {
  assert.equal(await renderReport(sampleRun()), await renderReport(sampleRun()));
});

test("metrics, issues and layers of the record are shown", async () => {
  const run = sampleRun();
  const page = await renderReport(run);
  const full = run.evaluation.rows.find(({ name }) => name === run.evaluation.fullRow);
  assert.ok(page.includes(`<b>${full!.score!.mean.toFixed(3)}</b>`));
  assert.match(page, /31 lines or files\s+could not be used and were left out/);
  assert.match(page, /The first 2 of 31/);
  assert.match(page, /29 more are not listed/);
  assert.ok(page.includes("expected 3 fields, got 2"));
  for (const { name } of run.model.layers) assert.ok(page.includes(`<td>${name}</td>`));
  assert.ok(page.includes("3.1e-7"));
});

test("synthetic data has a warning, real data has none", async () => {
  assert.match(await renderReport(sampleRun()), /Synthetic data\./);
  const dataset = { ...sampleRun().dataset, synthetic: false, issues: [], issueCount: 0 };
  const page = await renderReport(sampleRun({ dataset }));
  assert.doesNotMatch(page, /synthetic data|invented/i);
  assert.match(page, /all lines and posters could be read/);
});

test("a graph outside its tolerance is marked", async () => {
  const parity = { ...sampleRun().parity, tolerance: 1e-8 };
  assert.match(await renderReport(sampleRun({ parity })), /<td class="n">NO<\/td>/);
});

test("a run without training and unrated genres still renders", async () => {
  const base = sampleRun();
  const genres = genresOf(base).map((genre) => ({ ...genre, averagePrecision: null }));
  const rows = base.evaluation.rows.map((row) => ({
    ...row,
    score: null,
    figures: row.figures.map(({ metric }) => ({ metric, value: null })),
  }));
  const page = await renderReport(
    sampleRun({
      towers: [{ tower: "poster", history: [], bestEpoch: 0 }],
      evaluation: {
        ...base.evaluation,
        detail: { ...base.evaluation.detail, labels: genres },
        rows,
      },
    }),
  );
  assertBalanced(page);
  assert.doesNotMatch(page, /NaN|undefined|Infinity/);
});

test("all issues are listed, including those of posters; notes are listed separately", async () => {
  const base = sampleRun().dataset;
  const lines = Array.from({ length: 900 }, (_, i) => ({
    file: "ratings.dat",
    line: i + 1,
    message: `oops ${i}.`,
  }));
  const poster = { file: "ml1m-images/12.jpg", message: "cannot be decoded." };
  const note = { file: "users.dat", message: "absent.", note: true as const };
  const issues = [...lines, note, poster];
  const page = await renderReport(
    sampleRun({ dataset: { ...base, issues, issueCount: 901, noteCount: 1 } }),
  );
  assertBalanced(page);
  assert.match(page, /901 lines or files\s+could not be used/);
  assert.match(page, /<details>\s*<summary>All 901<\/summary>/);
  for (const { message } of issues) assert.ok(page.includes(`<td>${message}</td>`), message);
  assert.match(
    page,
    /No data was left out because of this[\s\S]*<details open>\s*<summary>All 1<[\s\S]*absent\./,
  );
  assert.doesNotMatch(page, /more are not listed/);
});

test("without a test split, the page names the validation split and calls its figures optimistic", async () => {
  assert.doesNotMatch(await renderReport(sampleRun()), /optimistic/);
  const dataset = { ...sampleRun().dataset, evaluatedOn: "validation" as const };
  const page = await renderReport(sampleRun({ dataset }));
  assert.match(page, /no test split: these figures are optimistic/);
  assert.match(page, /<span>validation movies<\/span>/);
  assert.match(page, /number of validation\s+movies of the genre/);
  assert.doesNotMatch(page, /test movies/);
});

test("a file that is left out is named with the reason, but not listed", async () => {
  const [fp32, q8] = sampleRun().precisions;
  const page = await renderReport(
    sampleRun({ precisions: [fp32!, { ...q8!, leftOut: "it loses 0.200" }] }),
  );
  assert.match(page, /model_quantized\.onnx is left out: it loses 0\.200\./);
  assert.doesNotMatch(page, /<td>model_quantized\.onnx<\/td>/);
  assert.match(page, /<td>model\.onnx<\/td>/);
});

test("a sweep's trials are rows of the experiments, including failed ones", async () => {
  const page = await renderReport(sampleRun());
  assert.match(page, /<h3>Options compared: mAP@5 of title, all movies<\/h3>/);
  assert.match(page, /<td>title\.encoder=gru<\/td><td class="n">0\.612<\/td>/);
  assert.match(page, /<td>title\.encoder=rnn<\/td><td class="n">failed<\/td>/);
  const [comparison] = sampleRun().comparisons;
  const told = { ...comparison!, title: "Recurrence", finding: "It helps <here>." };
  const titled = await renderReport(sampleRun({ comparisons: [told] }));
  assert.match(
    titled,
    /<h3>Recurrence: mAP@5 of title, all movies<\/h3>\n<p>It helps &lt;here&gt;\. Mean/,
  );
});

test("an input that is left out is named with the reason, beside the figures and at its tower", async () => {
  const reason = "all 3 posters are equal";
  const towers = [{ tower: "poster", history: [], bestEpoch: 0, leftOut: reason }] as const;
  const page = await renderReport(sampleRun({ leftOut: [{ input: "poster", reason }], towers }));
  assert.match(page, /<p class="warning" role="note">The poster input is left out: all 3 posters/);
  assert.match(page, /<p>Not trained: all 3 posters are equal\.<\/p>/);
  assert.doesNotMatch(await renderReport(sampleRun()), /input is left out/);
});

test("a baseline that could not be fitted is a row of dashes without a bar", async () => {
  const { evaluation } = sampleRun();
  const rows = evaluation.rows.map((row) => {
    if (row.kind === "model") return row;
    const groups = row.groups.map((group) => ({ ...group, score: null }));
    const figures = row.figures.map(({ metric }) => ({ metric, value: null }));
    return { ...row, figures, score: null, groups };
  });
  const page = await renderReport(sampleRun({ evaluation: { ...evaluation, rows } }));
  const cells = /<tr>\s*<td[^>]*>baseline: genre frequency<\/td>(.*?)<\/tr>/s.exec(page)![1]!;
  const values = [...cells.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, value]) => value);
  assert.deepEqual(values.slice(1), new Array(values.length - 1).fill("-"));
  assert.doesNotMatch(page, /<text[^>]*>baseline: genre frequency/);
});

test("the result comes first: what the model beats by how much, and where a baseline wins", async () => {
  const run = sampleRun();
  const page = await renderReport(run);
  const [top] = page.split("<main>");
  const mean = (name: string) =>
    run.evaluation.rows.find((row) => row.name === name)!.score!.mean.toFixed(3);
  const [full, words] = [mean("title + poster + ratings"), mean("title words, logistic")];
  assert.ok(Number(words) > Number(full), "the sample's baseline is the better one");
  const by = (Number(words) - Number(full)).toFixed(3);
  assert.ok(top!.includes(`from title + poster + ratings: ${full} [`), top);
  assert.match(top!, new RegExp(`title words, logistic, has ${words}: the model is ${by} worse`));
  assert.ok(
    top!.includes(
      `Where a baseline wins: title words, logistic has ${words}, the model from title ${mean("title")}`,
    ),
  );
  assert.doesNotMatch(top!, /wins: genre frequency/);
});

test("what is long is folded, and the items that the model gets most wrong are named", async () => {
  const page = await renderReport(sampleRun());
  for (const summary of ["All 4 layers", "Configuration, with all defaults", "Every epoch"]) {
    assert.match(page, new RegExp(`<details><summary>${summary}</summary>`));
  }
  assert.match(
    page,
    /<td>The Lantern of Doom \(1987\)<\/td><td>Horror<\/td><td>Comedy 0\.91<\/td>/,
  );
  assert.doesNotMatch(await renderReport(sampleRun({ mistakes: [] })), /Most wrong/);
});

test("towers that held nothing out show the curves of the fold that was monitored", async () => {
  const [title] = sampleRun().towers;
  const blind = { ...title!, history: title!.history.map((record) => ({ ...record, ...NOTHING })) };
  const sectionOf = async (changes: Partial<RunRecord>) =>
    (await renderReport(sampleRun({ towers: [blind], ...changes })))
      .split("<h4>title</h4>")[1]!
      .split("<h3>")[0]!;
  const alone = await sectionOf({});
  assert.equal(alone.match(/<svg /g)?.length, 1);
  assert.match(alone, /the last one, because no movie was held out/);
  assert.doesNotMatch(alone, /first fold|NaN/);
  const monitored = await sectionOf({ monitoredFold: [title!] });
  assert.equal(monitored.match(/<svg /g)?.length, 2);
  assert.match(monitored, /those of the first fold, which measured every epoch/);
  assert.match(
    monitored,
    /movies of the fold that was held out<\/figcaption|fold that was held out/,
  );
});
