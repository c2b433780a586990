import assert from "node:assert/strict";
import { test } from "node:test";
import { countItem, emptyCounts, type Observation } from "../../../predictor/profile.ts";
import { DriftWindow } from "../../../serve/engine/driftWindow.ts";

const PROFILE = {
  items: 2,
  edges: [0.5],
  bins: [1, 1],
  selected: [1, 1],
  present: [2],
  unknown: [0],
};

const observation = (i: number): Observation => ({
  score: (i % 7) / 7,
  selected: i % 3 === 0 ? [0, 1] : [1],
  present: [i % 5 !== 0],
  unknown: [(i % 4) / 4],
});

test("the window has the last items, and slides by a tenth of its size", () => {
  const size = 600;
  const window = new DriftWindow(PROFILE, size);
  for (let i = 0; i < 5000; i++) {
    window.add(observation(i));
    const { served } = window;
    assert.equal(served !== undefined, i >= 499, "with 500 items it is enough");
    if (!served || i % 97 !== 0) continue;
    const { items } = served;
    assert.ok(items <= size && (i < size || items > size - size / 10));
    const expected = emptyCounts(PROFILE);
    for (let j = i - items + 1; j <= i; j++) countItem(expected, PROFILE.edges, observation(j));
    assert.deepEqual(served.bins, expected.bins);
    assert.deepEqual(served.selected, expected.selected);
    assert.deepEqual(served.present, expected.present);
    assert.ok(Math.abs(served.unknown[0]! - expected.unknown[0]!) < 1e-9);
  }
  window.clear();
  assert.equal(window.served, undefined);
});

test("a window that is smaller than what is enough needs to be full", () => {
  const window = new DriftWindow(PROFILE, 2);
  window.add(observation(1));
  assert.equal(window.served, undefined);
  window.add(observation(2));
  assert.equal(window.served!.items, 2);
});
