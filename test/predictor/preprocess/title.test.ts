/** Titles as catalogues write them, word splitting, n-grams, hashing and token ids. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  characterNgrams,
  createTitleEncoder,
  FIRST_WORD_ID,
  fnv1a,
  PADDING_ID,
  parseTitle,
  type TitleSpec,
  tokenCount,
  UNKNOWN_WORD_ID,
} from "../../../predictor/preprocess/title.ts";

// The same cases in every run.
fc.configureGlobal({ seed: 1 });

const parsed: [title: string, words: string, year?: number][] = [
  ["Net, The (1995)", "the net", 1995],
  ["Mirror, The (Zerkalo) (1975)", "the mirror zerkalo", 1975],
  ["City of Lost Children, The (1995)", "the city of lost children", 1995],
  ["Enfer, L' (1994)", "lenfer", 1994],
  ["Enfer, L’ (1994)", "lenfer", 1994],
  ["L'Enfer (1994)", "lenfer", 1994],
  ["Misérables, Les (1995)", "les miserables", 1995],
  ["Seven (a.k.a. Se7en) (1995)", "seven se7en", 1995],
  ["Haine, La (Hate, The) (1995)", "la haine the hate", 1995],
  ["I, Robot", "i robot"],
  ["Paris, Texas (1984)", "paris texas", 1984],
  ["2001: A Space Odyssey (1968)", "2001 a space odyssey", 1968],
  ["(500) Days of Summer (2009)  ", "days of summer 500", 2009],
  ["Don’t Look Now O'Brien", "dont look now obrien"],
  ["８½ Łódź", "81 2 łodz"],
  ["七人の侍 (1954)", "七人の侍", 1954],
  ["Blade Runner (2500)", "blade runner 2500"],
  ["1984", "1984"],
  ["(1984)", "", 1984],
  ["Open (bracket", "open bracket"],
  ["A (B (C)) (1999)", "a b c", 1999],
  ["... !!", ""],
  ["", ""],
];
for (const [title, words, year] of parsed) {
  test(`parseTitle ${JSON.stringify(title)}`, () => {
    assert.deepEqual(parseTitle(title), { words: words.split(" ").filter(Boolean), year });
  });
}

test("a title of full length is read, whatever it holds", () => {
  assert.equal(parseTitle("a".repeat(1000)).words.length, 1);
  assert.deepEqual(parseTitle("(".repeat(1000)).words, []);
});

test("words of any text are lower-case, not empty, free of signs, and begin without a mark", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 1000 }), (text) => {
      if (text.length > 1000) return;
      for (const word of parseTitle(text).words) {
        assert.match(word, /^[\p{L}\p{N}][\p{L}\p{N}\p{M}]*$/u);
        // Parsing its own words again changes nothing: they are normal already.
        assert.deepEqual(parseTitle(word).words, [word]);
      }
    }),
  );
});

test("marks of any scripts, between letters of any others, leave words that are normal already", () => {
  const characters = [
    ..."aİクि\u3099は\u0301\u0323\uFE0F\u{E0100}葛ב\u05B01 '가\u093C\u0F71\u0F72ང\u0345ẞⅧ",
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...characters), { maxLength: 12 }), (drawn) => {
      for (const word of parseTitle(drawn.join("")).words)
        assert.deepEqual(parseTitle(word).words, [word]);
    }),
    { numRuns: 1000 },
  );
});

test("n-grams come shortest first and leave out the whole marked word", () => {
  assert.deepEqual(characterNgrams("net", 3, 5), ["<ne", "net", "et>", "<net", "net>"]);
  assert.deepEqual(characterNgrams("a", 3, 5), []);
  assert.deepEqual(characterNgrams("𝒜b", 3, 3), ["<𝒜b", "𝒜b>"]);
});

test("fnv1a equals the published algorithm over the bytes of UTF-16LE", () => {
  const reference = (text: string) => {
    let hash = 2166136261n;
    for (const byte of Buffer.from(text, "utf16le")) {
      hash = ((hash ^ BigInt(byte)) * 16777619n) % 2n ** 32n;
    }
    return Number(hash);
  };
  assert.equal(fnv1a(""), 0x811c9dc5);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) =>
      assert.equal(fnv1a(text), reference(text)),
    ),
  );
});

const SPEC: TitleSpec = {
  maxWords: 3,
  piecesPerWord: 4,
  vocabulary: ["the", "net"],
  vectorWords: [],
  ngrams: { min: 3, max: 4, buckets: 10 },
};

test("token ids: the word's own, then hashed n-grams as far as there is room", () => {
  const tokens = createTitleEncoder(SPEC)(["the", "xy"]);
  const bucket = (ngram: string) => FIRST_WORD_ID + 2 + (fnv1a(ngram) % 10);
  assert.deepEqual(
    [...tokens],
    [
      [FIRST_WORD_ID, bucket("<th"), bucket("the"), bucket("he>")],
      [UNKNOWN_WORD_ID, bucket("<xy"), bucket("xy>"), PADDING_ID],
      [PADDING_ID, PADDING_ID, PADDING_ID, PADDING_ID],
    ].flat(),
  );
});

test("words beyond the last place are dropped, and every id is below tokenCount", () => {
  assert.equal(tokenCount(SPEC), 14);
  const encode = createTitleEncoder(SPEC);
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 })), (words) => {
      const tokens = encode(words);
      assert.equal(tokens.length, 12);
      assert.ok(tokens.every((id) => id >= 0 && id < tokenCount(SPEC)));
      assert.deepEqual(tokens, encode(words.slice(0, 3)));
      for (const [w] of words.slice(0, 3).entries()) assert.notEqual(tokens[w * 4], PADDING_ID);
    }),
  );
});

test("without buckets a word is its own id alone", () => {
  const encode = createTitleEncoder({ ...SPEC, ngrams: { min: 3, max: 5, buckets: 0 } });
  assert.deepEqual([...encode(["net", "who"])], [3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
});
