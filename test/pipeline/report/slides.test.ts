/** The slides: the main result with what it beats, escaped, and nothing that has to be fetched. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { renderSlides } from "../../../pipeline/report/slides.ts";
import { sampleRun } from "./sampleRun.ts";

test("the first slide has the figure, the second every baseline, the last the command", () => {
  const run = sampleRun({ command: `npm run pipeline -- --out "<b>"` });
  const slides = renderSlides(run).split("<section").slice(1);
  assert.equal(slides.length, 6);
  const { score } = run.evaluation.rows.find(({ name }) => name === run.evaluation.fullRow)!;
  assert.ok(slides[0]!.includes(`mAP@5 <b>${score!.mean.toFixed(3)}</b>`));
  assert.match(slides[0]!, /The data is invented/);
  for (const name of ["genre frequency", "title words, logistic"]) {
    assert.match(slides[1]!, new RegExp(`<td>${name}</td><td class="n">[01]\\.\\d{3}</td>`));
  }
  assert.match(slides[3]!, /<svg class="network"/);
  assert.match(slides[4]!, /3\.1e-7/);
  assert.match(slides[5]!, /<pre>npm run pipeline -- --out &quot;&lt;b&gt;&quot;<\/pre>/);
  for (const [i, slide] of slides.entries()) assert.ok(slide.includes(`· ${i + 1}/6</footer>`));
});

test("the page fetches nothing, and equal records give equal pages", () => {
  const page = renderSlides(sampleRun());
  assert.doesNotMatch(page, /<(script|link|iframe|object|img)\b|url\(|https?:/);
  assert.equal(page, renderSlides(sampleRun()));
  assert.doesNotMatch(page, /NaN|undefined/);
});
