/** Which type of input a column looks like, from real tables of a column each. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { profileTable } from "../../../../pipeline/dataset/describe/profile.ts";
import { chooseType } from "../../../../pipeline/dataset/describe/types.ts";
import { createIssueList } from "../../../../pipeline/dataset/issues.ts";
import { openTable } from "../../../../pipeline/dataset/tables/open.ts";
import { folder } from "../folder.ts";

const N = 60;
const rows = (value: (i: number) => unknown) => Array.from({ length: N }, (_, i) => value(i));

describe("a column of", () => {
  for (const [what, name, values, type, reason, comment] of [
    ["prices", "price", rows((i) => i * 1.5), "number", /numbers from 0 to 88\.5/],
    [
      "prices with a decimal comma",
      "Preis",
      rows((i) => `${i + 1}.${200 + i},${10 + i}`),
      "number",
      /^numbers with a decimal comma$/,
      /points group digits/,
    ],
    [
      "some with a comma",
      "area",
      rows((i) => (i % 2 ? `${i}` : `${i},5`)),
      "number",
      /decimal comma/,
      /./,
    ],
    [
      "commas between thousands",
      "votes",
      rows((i) => (i % 4 ? `${i + 1},${200 + i}` : `${i}`)),
      undefined,
      /^numbers, 45 of 60 with commas between thousands$/,
      /^Left out: .*"1,234" for 1234.*; write the numbers without them, and declare it as a "number"/,
    ],
    [
      "few commas between thousands",
      "votes",
      rows((i) => (i < 6 ? `1,20${i}` : `${i}`)),
      "number",
      /^numbers from 6 to 59$/,
      /^6 values have commas between thousands/,
    ],
    [
      "points that may be between thousands",
      "Einwohner",
      rows((i) => (i % 4 ? `${i + 1}.${200 + i}` : `${900 + i}`)),
      "number",
      /^numbers from 2\.201 to 956$/,
      /^45 values have a point before three digits \("10\.209"\), .*\("10\.209" for 10209\), say "decimal": ","\.$/,
    ],
    [
      "such points, and words",
      "Einwohner",
      rows((i) => (i < 3 ? "k. A." : i === 3 ? "9.172" : `${900 + i}`)),
      "number",
      /^numbers from 9\.172/,
      /^3 values are not numbers; .* 1 value has a point before three digits/,
    ],
    [
      "points before decimals of all lengths",
      "load",
      rows((i) => `1.${200 + i}${i ? "" : "5"}`),
      "number",
      /from 1/,
    ],
    ["points after a zero", "load", rows((i) => `0.${200 + i}`), "number", /from 0\.2/],
    [
      "several points between thousands",
      "votes",
      rows((i) => (i % 4 ? `${i + 1}.${200 + i}` : `${1 + i}.000.000`)),
      "number",
      /^numbers with a decimal comma$/,
      /points group digits/,
    ],
    [
      "thousands, and some decimals",
      "Preis",
      rows((i) => (i % 4 ? `${i + 1}.${200 + i}` : `${i},5`)),
      "number",
      /^numbers with a decimal comma$/,
      /./,
    ],
    [
      "a comma by mistake among three decimals",
      "load",
      rows((i) => (i ? `1.${200 + i}` : "7,5")),
      "number",
      /^numbers from 1/,
      /./,
    ],
    ["a comma by mistake", "area", rows((i) => (i ? `${i}.5` : "7,5")), "number", /from 1\.5/],
    ["numbers as text", "price", rows((i) => String(i)), "number", /numbers from 0 to 59/],
    [
      "numbers with gaps that are named",
      "price",
      rows((i) => (i % 4 ? i : "N/A")),
      "number",
      /from 1 to 59/,
    ],
    [
      "numbers and some text",
      "price",
      rows((i) => (i % 10 ? i : "cheap")),
      "number",
      /from 1/,
      /^6 values are not numbers; correct them/,
    ],
    [
      "codes",
      "grade",
      rows((i) => i % 5),
      "number",
      /0 to 4/,
      /Only 5 whole numbers occur; .*category/,
    ],
    [
      "steps of numbers",
      "walk",
      rows((i) => [
        [i, 1],
        [2, i],
      ]),
      "sequence",
      /lists or arrays/,
    ],
    ["names of arrays", "walk", rows((i) => `a${i}.npy`), "sequence", /lists or arrays of num/],
    [
      "ids of others",
      "userId",
      rows((i) => i + 7),
      undefined,
      /ids of something/,
      /id of something/,
    ],
    ["ids of texts", "lot-UUID", rows((i) => `u${i}`), undefined, /ids of something/, /id of some/],
    [
      "ids of others, but for a mistake",
      "item_no",
      rows((i) => i || 7),
      undefined,
      /ids of something; 1 row has a value that an earlier row has/,
      /although 1 row has a value/,
    ],
    [
      "ids of the items that repeat",
      "ID",
      rows((i) => i % 20),
      undefined,
      /named like an id, but 40 rows have a value that an earlier row has/,
      /^Left out: .* name it as the "group" of "split"\.$/,
    ],
    ["ids of others that repeat", "userId", rows((i) => i % 20), "number", /0 to 19/],
    ["keys of music", "key", rows((i) => i % 13), "number", /0 to 12/],
    ["fractions named so", "index", rows((i) => i + 0.5), "number", /0\.5 to 59\.5/],
    ["what only ends like an id", "paid", rows((i) => i), "number", /0 to 59/],
    ["words that repeat", "brand", rows((i) => `brand ${i % 6}`), "category", /6 short texts that/],
    ["truth values", "sold", rows((i) => i % 2 === 0), "number", /0 to 1/, /Only 2 whole numbers/],
    ["names", "name", rows((i) => `Product number ${i}`), "text", /3\.0 words on average/],
    ["sentences", "text", rows((i) => `It is ${i}, red, and soft; or blue.`), "text", /words/],
    [
      "tags",
      "tags",
      rows((i) => `t${i % 5}|t${i % 7}`),
      "category",
      /7 short texts, separated by "\|"/,
    ],
    [
      "tags with commas",
      "tags",
      rows((i) => `t${i % 5}, t${i % 7}`),
      "category",
      /7 short texts, separated by ","/,
      /^Commas seem to separate several values/,
    ],
    ["lists", "tags", rows((i) => [`t${i % 5}`, "t9"]), "category", /lists/],
    ["lists as text", "tags", rows((i) => `["t${i % 5}", "t9"]`), "category", /^lists$/],
    ["lists as Python has them", "tags", rows((i) => `['t${i % 5}', "t9"]`), "category", /^lists$/],
    [
      "lists that may be empty",
      "tags",
      rows((i) => (i % 3 ? `['t${i % 5}']` : "[]")),
      "category",
      /^lists/,
    ],
    [
      "lists and some others",
      "tags",
      rows((i) => (i < 6 ? "t1,t2" : `["t${i % 5}", "t9"]`)),
      "category",
      /^90\.0 % are lists$/,
      /^6 values are not lists: each is taken for one value/,
    ],
    [
      "tags with commas, and some lists",
      "tags",
      rows((i) => (i % 3 ? `t${i % 5},t9` : `["t${i % 5}","t9"]`)),
      "category",
      /^6 short texts, separated by ","/,
      /^Commas seem/,
    ],
    [
      "lists that cannot be read",
      "tags",
      rows((i) => `[t${i % 5}, t9]`),
      undefined,
      /texts in brackets, which are no lists/,
      /^Left out: .* write them as JSON \(\["a", "b"\]\), or without brackets and with \| between/,
    ],
    [
      "steps of numbers as text",
      "walk",
      rows((i) => `[[${i}, 1], [2, ${i}]]`),
      "sequence",
      /lists/,
    ],
    [
      "lists of objects as JSON",
      "cast",
      rows((i) => `[{"a": ${i % 3}}]`),
      undefined,
      /objects/,
      /^Left/,
    ],
    [
      "series",
      "load",
      rows((i) => Array.from({ length: 3 + (i % 4) }, () => i)),
      "sequence",
      /differ in len/,
    ],
    ["lists of numbers", "steps", rows((i) => [i, 2, 3]), "sequence", /lists or arrays of numbers/],
    [
      "objects",
      "meta",
      rows((i) => ({ a: i % 3, b: [1, 2] })),
      undefined,
      /objects/,
      /^Left out: its/,
    ],
    [
      "lists of objects",
      "cast",
      rows((i) => [{ name: `n${i % 5}` }]),
      undefined,
      /objects/,
      /^Left/,
    ],
    [
      "objects as text",
      "cast",
      rows((i) => `[{'name': 'n${i % 5}', 'part': 'p'}]`),
      undefined,
      /objects/,
      /^Left/,
    ],
    ["lists of lists", "groups", rows((i) => [["a", `b${i % 3}`]]), undefined, /lists in/, /^Left/],
    ["texts in braces", "text", rows((i) => `{ number ${i} }`), "text", /words on average/],
    [
      "texts without spaces",
      "text",
      rows((i) => `今日は${i}番の新幹線で大阪へ行くつもりです。寿司が食べたい`),
      "text",
      /without spaces/,
      /"spaces": false/,
    ],
    ["Thai", "text", rows((i) => `วันนี้ฉันไปตลาด ${i} กับเพื่อนของฉัน`), "text", /without spaces/, /./],
    [
      "the same words apart",
      "text",
      rows((i) => `今日 は ${i} 番 の 新幹線 で 大阪`),
      "text",
      /words/,
    ],
    [
      "long words",
      "text",
      rows((i) => `Rindfleischetikettierungsgesetz${i}`),
      "text",
      /1\.0 words/,
    ],
    ["files of images", "photo", rows((i) => `img/${i}.JPG`), "image", /100 % are names/],
    [
      "days",
      "day",
      rows((i) => `2024-01-${1 + (i % 28)}`),
      "number",
      /dates/,
      /gets only the year/,
    ],
    [
      "days as in Vega",
      "day",
      rows((i) => `Jun ${1 + (i % 28)} 1998`),
      "number",
      /dates/,
      /gets only the year/,
    ],
    [
      "days of short years",
      "day",
      rows((i) => `${10 + (i % 9)}.11.${10 + (i % 13)}`),
      undefined,
      /^dates with years of two digits$/,
      /^Left out: .* years with four, as in "2021-11-05"/,
    ],
    [
      "days of short years, with the time",
      "day",
      rows((i) => `01/${10 + (i % 9)}/21 10:00 +0200`),
      undefined,
      /^dates with years of two digits$/,
      /./,
    ],
    [
      "days of which some have short years",
      "day",
      rows((i) => `1/${1 + (i % 28)}/${i < 6 ? "98" : "1998"}`),
      "number",
      /^dates; their years/,
      /6 values have a year of two digits, which is not read\.$/,
    ],
    ["one value", "kind", rows(() => "x"), undefined, /it is constant \("x"\)/],
    ["nothing", "none", rows(() => null), undefined, /it has no value at all/],
  ] as const) {
    test(what, async (t) => {
      const text = values.map((value) => JSON.stringify({ [name]: value })).join("\n");
      const dir = await folder(t, { "a.jsonl": text });
      const table = await openTable("a.jsonl", dir, createIssueList());
      const [profile] = await profileTable(table);
      const choice = chooseType(profile!);
      assert.equal(choice.type, type);
      assert.match(choice.reason, reason);
      assert.equal(choice.options?.decimal === ",", /decimal comma/.test(choice.reason));
      assert.equal(choice.options?.features === 1, /differ in length/.test(choice.reason));
      if (comment) assert.match(choice.comment ?? "", comment);
      else assert.equal(choice.comment, undefined);
    });
  }
});

test("a profile counts what it says", async (t) => {
  const dir = await folder(t, { "a.csv": "x\n1\nNA\n\n2\n2\n" });
  const [profile] = await profileTable(await openTable("a.csv", dir, createIssueList()));
  const { rows, missing, counts, repeated, min, max, noValue, kinds } = profile!;
  assert.deepEqual(
    { rows, missing, repeated, min, max },
    {
      ...{ rows: 5, missing: 1, repeated: 1, min: 1, max: 2 },
    },
  );
  assert.deepEqual(counts, [
    ["2", 2],
    ["1", 1],
    ["NA", 1],
  ]);
  assert.deepEqual([...noValue], [["NA", 1]]);
  assert.equal(kinds.number, 3);
});
