/** Texts in both forms: which words they have, and the tensor of their tokens. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readWords, type TextSpec, text, wordsOf } from "../../../predictor/inputs/text.ts";
import {
  createTitleEncoder,
  isBlankText,
  tokenCount,
} from "../../../predictor/preprocess/title.ts";
import { wordPiece } from "../../pipeline/onnxFiles.ts";
import { sampleInputs } from "../sampleManifest.ts";

const TITLE: TextSpec = { ...sampleInputs().title, maxWords: 8 };
const PLAIN: TextSpec = { ...TITLE, form: "plain" };
const wordsIn = (value: string, spec: TextSpec) =>
  text.encoder("plot", spec)({ plot: value }).words;

const FORMS: [value: string, title: string, plain: string][] = [
  ["Net, The", "the net", "net the"],
  ["Net, The (1995)", "the net", "net the 1995"],
  ["Mirror, The (Zerkalo) (1975)", "the mirror zerkalo", "mirror the zerkalo 1975"],
  ["one (two) three", "one three two", "one two three"],
  ["a.k.a. Se7en", "se7en", "a k a se7en"],
  ["(1995)", "", "1995"],
];
for (const [value, title, plain] of FORMS) {
  test(`${JSON.stringify(value)}: a plain text stays in its order, with brackets and commas; a title does not`, () => {
    assert.equal(wordsIn(value, TITLE).join(" "), title);
    assert.equal(wordsIn(value, PLAIN).join(" "), plain);
    assert.equal(wordsOf(value, TITLE).join(" "), title);
    assert.equal(wordsOf(value, PLAIN).join(" "), plain);
  });
}

test("both forms have lower-case words without accents and signs", () => {
  for (const spec of [TITLE, PLAIN]) {
    assert.equal(wordsIn("It's a Café, and NOT one!", spec).join(" "), "its a cafe and not one");
  }
});

for (const [script, texts] of Object.entries({
  Devanagari: ["दिन", "दान"],
  Kana: ["バス", "ハス"],
  Thai: ["ที่", "ที"],
})) {
  test(`marks of ${script} tell words from each other`, () => {
    const words = texts.map((value) => wordsIn(value, PLAIN));
    assert.deepEqual(
      words,
      texts.map((value) => [value.normalize("NFKD")]),
    );
    assert.notDeepEqual(words[0], words[1]);
  });
}

test("points of Arabic and Hebrew, signs of emoji and variants of a character make no difference", () => {
  const same = [
    ["الْعَرَبِيَّة", "العربية"],
    ["שָׁלוֹם", "שלום"],
    ["1\u{FE0F}\u{20E3}", "1"],
    ["葛\u{E0100}飾", "葛飾"],
    ["\u{301}abc", "abc"],
  ] as const;
  for (const [value, plain] of same) assert.deepEqual(wordsIn(value, PLAIN), [plain]);
});

test("words without a place are dropped, and tokens are those of the others", () => {
  const spec = { ...PLAIN, maxWords: 2 };
  const { words, tokens } = text.encoder("plot", spec)({ plot: "the net and more" });
  assert.deepEqual(words, ["the", "net"]);
  assert.deepEqual(tokens, createTitleEncoder(spec)(["the", "net"]));
  assert.equal(tokens.length, 2 * spec.piecesPerWord);
  assert.equal(wordsOf("the net and more", spec).length, 4);
});

test("with doubling, of c occurrences of a word 1 + log2(c) are read, rounded down, in their order", () => {
  const spec = { ...PLAIN, repeats: "doubling" } as const;
  assert.equal(readWords("A rose is a rose is a Rose: a", spec).join(" "), "a rose is a rose is a");
  assert.equal(readWords("a rose is a rose is a rose", PLAIN).length, 8);
  for (let count = 1; count <= 1030; count++) {
    const read = readWords("the ".repeat(count), spec);
    assert.equal(read.length, 1 + Math.floor(Math.log2(count)), `${count}`);
  }
});

test("occurrences that are not read have no place: the words after them have theirs", () => {
  const spec = { ...PLAIN, maxWords: 4, repeats: "doubling" } as const;
  const { words, tokens } = text.encoder("plot", spec)({ plot: "the the the the the net of" });
  assert.deepEqual(words, ["the", "the", "the", "net"]);
  assert.deepEqual(tokens, createTitleEncoder(spec)(words));
});

test("a text longer than its own limit is refused, whatever it holds, and one of full length is not", () => {
  for (const form of ["title", "plain"] as const) {
    const encode = text.encoder("plot", { ...PLAIN, form, maxCharacters: 40 });
    for (const character of ["a", "("]) {
      assert.throws(() => encode({ plot: character.repeat(41) }), {
        name: "InputError",
        message: "plot: has 41 characters; at most 40 are accepted",
      });
      assert.equal(encode({ plot: character.repeat(40) }).words.length, character === "a" ? 1 : 0);
    }
  }
});

test("what is not text is refused", () => {
  for (const plot of [["a"], { a: 1 }, Number.NaN]) {
    assert.throws(() => text.encoder("plot", PLAIN)({ plot }), {
      name: "InputError",
      message: "plot: is not text",
    });
  }
});

test("a number or a truth value is its text, as in tables", () => {
  const words = (plot: unknown) => text.encoder("plot", PLAIN)({ plot }).words;
  assert.deepEqual(words(300), ["300"]);
  assert.deepEqual(words(true), ["true"]);
});

test("a text is there if it has a word, known or not", () => {
  const isPresent = (plot: string) => text.isPresent(text.encoder("plot", PLAIN)({ plot }));
  assert.ok(isPresent("the"));
  assert.ok(isPresent("unheard"));
  assert.ok(!isPresent("... !"));
  assert.ok(!text.isPresent(text.absent(PLAIN)));
});

test("a batch is one tensor, [items, words, pieces]", () => {
  const spec = { ...PLAIN, maxWords: 2 };
  const rows = ["the", "", "net the"].map((plot) => text.encoder("plot", spec)({ plot }));
  const tensors = text.collate("plot", spec, rows);
  assert.deepEqual(Object.keys(tensors), ["plot_tokens"]);
  assert.deepEqual(text.tensorNames("plot", spec), ["plot_tokens"]);
  const { type, dims, data } = tensors.plot_tokens!;
  assert.deepEqual([type, dims], ["int32", [3, 2, 3]]);
  assert.deepEqual(
    [...data],
    rows.flatMap(({ tokens }) => [...tokens]),
  );
});

test("the table has rows for words that only have a vector, after all others", () => {
  const spec = { ...PLAIN, vectorWords: ["sea", "sky"] };
  assert.deepEqual(text.tableRows("plot", spec), { plot_tokens: tokenCount(spec) + 2 });
  assert.equal(text.encoder("plot", spec)({ plot: "sky" }).tokens[0], tokenCount(spec) + 1);
});

test("the summary counts the words; attention is over those of the item", () => {
  const { vocabulary, vectorWords, ...others } = { ...PLAIN, vectorWords: ["sea"] };
  assert.deepEqual(text.summary({ ...others, vocabulary, vectorWords }), {
    ...others,
    words: 2,
    vectorWords: 1,
  });
  assert.equal(text.attention.size(PLAIN), 8);
  const features = text.encoder("plot", PLAIN)({ plot: "The sea, the Sky" });
  assert.deepEqual(text.attention.parts(features), ["the", "sea", "the", "sky"]);
  assert.deepEqual(text.attention.parts(text.absent(PLAIN)), []);
});

test("the schema refuses forms and sizes that cannot be", () => {
  for (const change of [
    { form: "poem" },
    { maxCharacters: 0 },
    { maxWords: 0 },
    { repeats: "all" },
    { piecesPerWord: 1.5 },
    { ngrams: { min: 4, max: 3, buckets: 8 } },
    { ngrams: { min: 1, max: 3, buckets: -1 } },
    { vocabulary: [1] },
  ]) {
    assert.ok(!text.spec.safeParse({ ...PLAIN, ...change }).success, JSON.stringify(change));
  }
  assert.ok(text.spec.safeParse({ ...PLAIN, ngrams: { min: 3, max: 3, buckets: 0 } }).success);
  assert.ok(text.spec.safeParse({ ...PLAIN, repeats: "doubling" }).success);
});

test("a text counts as none where it has no word, a title of a year apart", () => {
  for (const value of ["", " ", "\u200b", "...", "— ! 🎬", "\u0301"]) {
    assert.equal(isBlankText(value), true, JSON.stringify(value));
    assert.equal(text.isPresent(text.encoder("plot", TITLE)({ plot: value })), false);
    assert.equal(text.isPresent(text.encoder("plot", PLAIN)({ plot: value })), false);
  }
  for (const value of ["a", "7", "戦", "...a", "™", "①"]) {
    assert.equal(isBlankText(value), false, value);
    assert.equal(text.isPresent(text.encoder("plot", PLAIN)({ plot: value })), true, value);
  }
  assert.equal(isBlankText("(1995)"), false);
});

const TOKENIZED: TextSpec = {
  ...TITLE,
  tokenizer: {
    file: "plot_tokenizer.json",
    config: "plot_tokenizer_config.json",
    maxTokens: 5,
    ids: 7,
    padding: 0,
    empty: [2, 3],
  },
};
const FILES = {
  "plot_tokenizer.json": JSON.stringify(wordPiece(["the", "net", "love"])),
  "plot_tokenizer_config.json": JSON.stringify({ tokenizer_class: "BertTokenizer" }),
};

test("with a tokenizer, a text is also the ids of an encoder, cut and padded", async () => {
  const read = text.encoder("plot", TOKENIZED, await text.open(TOKENIZED, FILES));
  const rows = ["Net, The (1995)", "", "love love love love love"].map((plot) => read({ plot }));
  assert.deepEqual(
    rows.map(({ ids }) => [...ids!]),
    [
      [2, 4, 5, 3],
      [2, 3],
      [2, 6, 6, 6, 3],
    ],
  );
  assert.deepEqual(read({}).ids, text.absent(TOKENIZED).ids);
  const tensors = text.collate("plot", TOKENIZED, rows);
  assert.deepEqual(Object.keys(tensors), text.tensorNames("plot", TOKENIZED));
  const { plot_input_ids: ids, plot_attention_mask: mask } = tensors;
  assert.deepEqual(
    [ids!.dims, mask!.dims],
    [
      [3, 5],
      [3, 5],
    ],
  );
  assert.deepEqual([...ids!.data].slice(5, 10), [2, 3, 0, 0, 0]);
  assert.deepEqual([...mask!.data].slice(0, 10), [1, 1, 1, 1, 0, 1, 1, 0, 0, 0]);
  assert.deepEqual(text.files(TOKENIZED), Object.keys(FILES));
});

test("a tokenizer's file that is missing or damaged is named", async () => {
  await assert.rejects(text.open(TOKENIZED, {}), /plot_tokenizer.json was not read/);
  const damaged = { ...FILES, "plot_tokenizer.json": "{" };
  await assert.rejects(text.open(TOKENIZED, damaged), /plot_tokenizer.json is not JSON/);
  const other = { ...FILES, "plot_tokenizer.json": "{}" };
  await assert.rejects(
    text.open(TOKENIZED, other),
    /plot_tokenizer.json cannot be read as a tokenizer/,
  );
});
