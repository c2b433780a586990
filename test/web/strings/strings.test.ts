/** The tables of sentences: which one is taken, that they are complete, and that no page has sentences besides. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { fillHtml, PAGE_TEXTS } from "../../../web/build/texts.ts";
import { en as enConvert } from "../../../web/strings/en/convert.en.ts";
import { en } from "../../../web/strings/en/page.en.ts";
import { formatsOf } from "../../../web/strings/formats.ts";
import { preferred } from "../../../web/strings/language.ts";
import { vi as viConvert } from "../../../web/strings/vi/convert.vi.ts";
import { vi } from "../../../web/strings/vi/page.vi.ts";

const WEB = fileURLToPath(new URL("../../../web", import.meta.url));
/** What is the same in both languages: names, and terms of the trade. */
const SAME = new Set(["Marquee", "The Lantern of Doom"]);

test("the first of the browser's languages that there is, else English", () => {
  assert.equal(preferred(["de-DE", "vi-VN", "en"]), "vi");
  assert.equal(preferred(["en-GB", "vi"]), "en");
  assert.equal(preferred(["VI"]), "vi");
  assert.equal(preferred(["fr", "constructor"]), "en");
  assert.equal(preferred([]), "en");
});

/** Every sentence without parts, by where it is in the table. */
function plain(table: unknown, path = ""): [path: string, text: string][] {
  if (typeof table === "string") return [[path, table]];
  if (typeof table !== "object" || table === null) return [];
  return Object.entries(table).flatMap(([name, value]) => plain(value, `${path}.${name}`));
}

for (const [page, english, vietnamese] of [
  ["predict", en, vi],
  ["convert", enConvert, viConvert],
] as const) {
  test(`every sentence of ${page} is another one in Vietnamese, in composed characters`, () => {
    const others = new Map(plain(vietnamese));
    const sentences = plain(english);
    assert.ok(sentences.length > 40, `${sentences.length} sentences`);
    assert.deepEqual(
      sentences.filter(([path, text]) => others.get(path) === text && !SAME.has(text)),
      [],
    );
    for (const [path, text] of others) {
      assert.notEqual(text.trim(), "", path);
      assert.equal(text, text.normalize("NFC"), path);
    }
  });
}

test("numbers, lists and plurals as each language has them", () => {
  const [english, vietnamese] = [formatsOf("en"), formatsOf("vi")];
  assert.equal(english.number(-1234.5, 2), "−1,234.50");
  assert.equal(vietnamese.number(-1234.5, 2), "−1.234,50");
  assert.equal(english.number(-0.001, 1), "0.0");
  assert.equal(vietnamese.percent(0.354, 1), "35,4%");
  assert.equal(english.list(["a", "b", "c"]), "a, b, and c");
  assert.equal(vietnamese.list(["a", "b", "c"]), "a, b và c");
  const ratings = { one: "rating", other: "ratings" };
  assert.deepEqual(
    [0, 1, 2000].map((count) => english.count(count, ratings)),
    ["0 ratings", "1 rating", "2,000 ratings"],
  );
  assert.equal(vietnamese.count(1, { other: "lượt đánh giá" }), "1 lượt đánh giá");
});

for (const [name, texts] of Object.entries(PAGE_TEXTS)) {
  test(`${name} has no sentence outside the table, and the table none that it does not have`, async () => {
    const html = await readFile(join(WEB, name), "utf8");
    const named = [...html.matchAll(/\{(\w+)\}/g)].map(([, text]) => text!);
    assert.deepEqual(new Set(named), new Set(Object.keys(texts)));
    const filled = fillHtml(html, texts);
    assert.doesNotMatch(filled, /[{}]/);
    const bare = html
      .replace(/<!doctype[^>]*>|\{\w+\}|<[^>]*>/g, "\n")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
    const names = ["Marquee", "WebAssembly", "WebGPU", "fp32", "fp16", "fp16-weights", "q8"];
    assert.deepEqual(
      bare.filter((text) => !names.includes(text)),
      [],
    );
    const labels = [...html.matchAll(/(?:aria-label|title|alt|placeholder)="([^"]*)"/g)];
    assert.deepEqual(
      labels.filter(([, text]) => !/^\{\w+\}$/.test(text!)),
      [],
    );
  });
}

test("a build puts sentences into the page, with their code and quotes, and refuses unknown ones", () => {
  const html = '<nav aria-label="{pages}"><p id="a">{drop}</p></nav>';
  const filled = fillHtml(html, { pages: 'The "pages"', drop: "Drop `a<b` here" });
  assert.equal(
    filled,
    '<nav aria-label="The &quot;pages&quot;" data-text-label="pages"><p id="a" data-text="drop">Drop <code>a&lt;b</code> here</p></nav>',
  );
  assert.throws(() => fillHtml("<p>{other}</p>", {}), /"other", which is in no table/);
});
