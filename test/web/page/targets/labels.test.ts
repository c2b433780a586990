/** The answer in words never contradicts the bars. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../../pipeline/common/random.ts";
import { labels as predicted } from "../../../../predictor/targets/labels.ts";
import { verdictOf } from "../../../../web/page/targets/labels.ts";
import { loadStrings } from "../../../../web/strings/load.ts";

await loadStrings("en");

const NAMES = ["a", "b", "c", "d", "e"];
const CASES = 3000;

test("it names the marked bars, says whether they are sure, and explains each more probable one it leaves out", () => {
  const random = createRandom(17);
  const seen = { sure: 0, guess: 0, note: 0 };
  for (let i = 0; i < CASES; i++) {
    const perLabel = NAMES.map(() => random.next());
    const row = Float32Array.from(NAMES, () => random.next() ** 2);
    const spec = { type: "labels", labels: NAMES, thresholds: { perLabel, subsets: [] } } as const;
    const { scores } = predicted.outcome(spec, row, ["title"]);
    const thresholds = new Map(NAMES.map((name, at) => [name, perLabel[at]!]));
    const { label, text, note } = verdictOf(scores, thresholds);
    const marked = scores.filter(({ selected }) => selected).map((score) => score.label);
    assert.deepEqual(text.split(/, and | and |, /), marked);
    const reached = scores.filter((score) => score.probability >= thresholds.get(score.label)!);
    assert.equal(label, reached.length > 0 ? "The model says" : "Not sure. Best guess:");
    // What is left out although a less probable one is named.
    const passed = scores
      .slice(
        0,
        scores.findLastIndex(({ selected }) => selected),
      )
      .filter(({ selected }) => !selected);
    assert.deepEqual(
      note?.match(/\b[a-e](?= \()/g) ?? [],
      passed.map((score) => score.label),
    );
    seen[reached.length > 0 ? "sure" : "guess"]++;
    if (note) seen.note++;
  }
  for (const [kind, count] of Object.entries(seen)) assert.ok(count > 50, `${kind}: ${count}`);
});

test("the note has the figures that decide", () => {
  const scores = [
    { label: "Drama", probability: 0.354, selected: false },
    { label: "Mystery", probability: 0.3, selected: true },
  ];
  const { text, note } = verdictOf(
    scores,
    new Map([
      ["Drama", 0.37],
      ["Mystery", 0.2],
    ]),
  );
  assert.equal(text, "Mystery");
  assert.equal(note, "Drama (35.4%, threshold 37.0%) is likely, too, but below its threshold.");
});
