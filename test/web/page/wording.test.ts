import assert from "node:assert/strict";
import { test } from "node:test";
import { quoted, readable } from "../../../web/page/wording.ts";
import { capital } from "../../../web/strings/capital.ts";
import { loadStrings } from "../../../web/strings/load.ts";

test("names become words, in the page's language where it knows them", async () => {
  await loadStrings("en");
  for (const [name, words] of [
    ["title", "title"],
    ["posterImage", "poster image"],
    ["IMDB_Rating", "IMDB rating"],
    ["Running_Time_min", "running time min"],
    ["x2", "x2"],
  ] as const) {
    assert.equal(readable(name), words);
  }
  assert.equal(capital("running time"), "Running time");
  await loadStrings("vi");
  assert.equal(readable("poster"), "áp phích");
  assert.equal(readable("Running_Time_min"), "running time min");
});

test("texts are quoted on one line, and cut short between characters", () => {
  assert.equal(quoted(" The\n Haunted "), "“The Haunted”");
  assert.equal(quoted("🎬".repeat(61)), `“${"🎬".repeat(59)}…”`);
});
