/** The report on real files: each thing that a careful person would look at, planted and found. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import sharp from "sharp";
import { describeData } from "../../../../pipeline/dataset/describe/describeData.ts";
import { declareInputs } from "../../../../pipeline/dataset/described/declare.ts";
import { readDescribed } from "../../../../pipeline/dataset/described/read.ts";
import { parseDescription } from "../../../../pipeline/dataset/parseDescription.ts";
import { folder } from "../folder.ts";
import { huggingFace } from "../parquetImages.ts";

const N = 60;
/** A table without anything that stands out. */
const plain = (i: number): Record<string, unknown> => ({
  id: `i${i}`,
  text: `words of item ${i}`,
  price: ((i * 37) % 101) + 0.5,
  label: `l${(i * i) % 3}`,
  split: i % 4 ? "train" : "test",
});
type Row = ReturnType<typeof plain>;

function lines(row: (i: number) => Row): string {
  return Array.from({ length: N }, (_, i) => JSON.stringify(row(i))).join("\n");
}

test("a table without anything that stands out", async (t) => {
  const dir = await folder(t, { "items.jsonl": lines(plain) });
  const { report, issues, text, given, root } = await describeData(join(dir, "items.jsonl"));
  assert.match(report, /^items: 60 items \(45 train, 15 test\); guessed from items\.jsonl\n/);
  assert.match(report, /\n {2}price {3}number +none +60 +numbers from/);
  assert.match(report, /\ntarget: class in "label"\n {2}2 classes\n {2}l1 40, l0 20\n/);
  assert.match(report, /\nlook at\n {2}nothing stands out$/);
  assert.equal(issues, undefined);
  assert.equal(given, false);
  assert.equal(root, dir);
  assert.equal(JSON.parse(text).items, "items.jsonl");
});

describe("what is looked for", () => {
  for (const [what, change, expected] of [
    [
      "duplicates across the split",
      (i: number) => ({
        text: i === 8 || i === 9 ? "same words" : `words of ${i}`,
        price: 1 + (i === 9 ? 8 : i),
      }),
      /1 item has the same inputs as an earlier row \(items\.jsonl:10\); 1 of them on the other side/,
    ],
    [
      "duplicates on one side",
      (i: number) => ({
        text: i === 9 || i === 10 ? "same" : `words of ${i}`,
        price: 1 + (i === 10 ? 9 : i),
      }),
      /1 item has the same inputs .*\(items\.jsonl:11\); none of them on the other side/,
    ],
    [
      "a column that gives the class away",
      (i: number) => ({ colour: ["red", "blue"][((i * i) % 3) as 0 | 1] }),
      /"colour" determines the target in 100\.0 % of the rows whose value occurs more than once/,
    ],
    [
      "a column that is missing for one class only",
      (i: number) => ({ note: (i * i) % 3 ? null : `seen ${i % 2}` }),
      /"note" determines the target/,
    ],
    [
      "no column that a model is not given",
      (i: number) => ({ ID: `i${(i * i) % 3}`, note: (i * i) % 3 ? null : "seen" }),
      /\nlook at\n {2}"note" is missing or "seen"$/,
    ],
    ["a constant column", () => ({ shop: "here" }), /"shop" is always "here"/],
    ["a column without values", () => ({ shop: null }), /"shop" has no value at all/],
    [
      "imbalance and rare classes",
      (i: number) => ({ label: i === 5 ? "rare" : "common" }),
      /common is 59 times as frequent as rare\n.*1 of 2 classes has fewer than 10 items/,
    ],
    [
      "a class that only testing has",
      (i: number) => ({ label: i % 4 ? `l${i % 2}` : "new" }),
      /1 of the classes occurs in testing only and cannot be learned: new/,
    ],
    [
      "a split value that is none",
      (i: number) => ({ split: i % 4 ? "train" : "test", id: `i${i}` }),
      /nothing stands out/,
    ],
  ] as const) {
    test(what, async (t) => {
      const dir = await folder(t, { "items.jsonl": lines((i) => ({ ...plain(i), ...change(i) })) });
      const { report } = await describeData(dir);
      assert.match(report, expected);
    });
  }
});

test("texts that training will cut, by the words that it reads of each form", async (t) => {
  const words = (i: number, count: number) =>
    Array.from({ length: count }, (_, n) => `w${i}x${n}`).join(" ");
  const description = {
    ...{ name: "shop", items: "items.jsonl", id: "id", split: { column: "split" } },
    inputs: {
      text: { type: "text" },
      name: { type: "text", form: "title", group: "names" },
      said: { type: "text" },
    },
    target: { type: "class", column: "label" },
  };
  const dir = await folder(t, {
    "dataset.json": JSON.stringify(description),
    "items.jsonl": lines((i) => ({
      ...plain(i),
      // Only testing has 13 words.
      name: words(i, i % 4 ? 12 : 13),
      text: words(i, i % 20 === 1 ? 301 + i : 300),
      // Read are the 1st, 2nd, 4th and so on.
      said: "again ".repeat(400),
    })),
  });
  const { report } = await describeData(dir);
  assert.match(
    report,
    /\n {2}"text": 3 of 45 texts \(6\.7 %\) are longer than the 300 words that training reads of each; to read nearly all of them whole, give it --text-max-words 342$/,
  );
  assert.doesNotMatch(report, /--names-max-words|--said-max-words/);
  // Of titles, as many words are kept as most have, up to 300.
  const reportOf = async (count: number) => {
    const name = "a ".repeat(count);
    const other = await folder(t, {
      "dataset.json": JSON.stringify(description),
      "items.jsonl": lines((i) => ({ ...plain(i), name, text: "a", said: "b" })),
    });
    return (await describeData(other)).report;
  };
  assert.doesNotMatch(await reportOf(13), /max-words/);
  assert.match(await reportOf(301), /the 300 words .* --names-max-words 301$/m);
});

test("a number that is nearly the target", async (t) => {
  const dir = await folder(t, {
    "items.jsonl": lines((i) => ({
      ...plain(i),
      euros: i * 1.5,
      dollars: i * 1.6 + (i % 2) / 100,
    })),
  });
  const { report } = await describeData(join(dir, "items.jsonl"), "euros");
  assert.match(report, /target: number in "euros"\n {2}from 0 to 88\.5, mean 44\.25/);
  assert.match(report, /"dollars" is nearly the target itself: their correlation is 1\.0000/);
  assert.doesNotMatch(report, /"price" is nearly/);
});

test("a target that is no number is an issue of its row", async (t) => {
  const dir = await folder(t, {
    "items.jsonl": lines((i) => ({ ...plain(i), grams: i === 7 ? "7 g" : i * 1.5 })),
  });
  const { issues } = await describeData(join(dir, "items.jsonl"), "grams");
  assert.match(
    issues!,
    /items\.jsonl:8: "7 g" in "grams", the target, is not a number; use a decimal point/,
  );
});

test("a number's range and mean are those of the values that training reads", async (t) => {
  const values = ["10 g", -1, "-1", null, 5e38, "1e39", 10, "30"];
  const report = async (target: readonly unknown[]) => {
    const dir = await folder(t, {
      "items.jsonl": target.map((grams, i) => JSON.stringify({ ...plain(i), grams })).join("\n"),
      "dataset.json": JSON.stringify({
        ...{ name: "shop", items: "items.jsonl", missing: ["-1"] },
        inputs: { text: { type: "text" } },
        target: { type: "number", column: "grams" },
      }),
    });
    return describeData(dir);
  };
  const { report: found, issues } = await report(values);
  assert.match(found, /\n {2}from 10 to 30, mean 20\.00; 3 items without\n/);
  assert.equal(issues!.match(/the target, is/g)!.length, 3);
  assert.doesNotMatch(found, /no split/, "they are drawn");
  assert.match((await report(values.slice(0, -2))).report, /\n {2}no number; 3 items without\n/);
});

test("a class whose name is in brackets is one class, as in training", async (t) => {
  const dir = await folder(t, {
    "items.jsonl": lines((i) => ({ ...plain(i), label: i % 2 ? "[]" : '["a","b"]' })),
    "dataset.json": JSON.stringify({
      ...{ name: "shop", items: "items.jsonl", inputs: { text: { type: "text" } } },
      target: { type: "class", column: "label" },
    }),
  });
  assert.match((await describeData(dir)).report, /\n {2}\["a","b"\] 30, \[\] 30\n/);
});

test("dates are read by the pattern that is written for them", async (t) => {
  const day = (i: number) => (i === 7 ? "soon" : `Jun ${1 + (i % 28)} ${1990 + (i % 9)}`);
  const dir = await folder(t, { "items.jsonl": lines((i) => ({ ...plain(i), day: day(i) })) });
  const { issues, text } = await describeData(dir);
  assert.equal(JSON.parse(text).inputs.day.pattern, "(\\d{4})");
  assert.equal(issues, undefined);
});

test("what training leaves out is an issue: a range, too many categories, steps of different lengths", async (t) => {
  const description = {
    ...{ name: "shop", items: "items.jsonl", id: "id" },
    inputs: {
      price: { type: "number", max: 100 },
      sizes: { type: "category", separator: "|", maxValues: 2 },
      walk: { type: "sequence" },
      run: { type: "sequence" },
    },
    target: { type: "class", column: "label" },
  };
  const rows = lines((i) => ({
    ...plain(i),
    price: i === 1 ? 101 : i,
    sizes: i === 2 ? "S|M|L" : "S",
    walk: i === 3 ? [1] : [1, 2],
    run: i === 4 ? "none.npy" : [3],
  }));
  const dir = await folder(t, { "dataset.json": JSON.stringify(description), "items.jsonl": rows });
  const { issues } = await describeData(dir);
  assert.match(issues!, /items\.jsonl:2: "price" is 101, expected at most 100/);
  assert.match(issues!, /items\.jsonl:3: "sizes" has 3 categories, expected at most 2/);
  assert.match(issues!, /items\.jsonl:4: "walk" has a step of 1 numbers, expected 2/);
  assert.match(
    issues!,
    /items\.jsonl:5: "run" names "none\.npy", but there is no file "none\.npy"\./,
  );
  assert.equal(issues!.split("\n").length, 5);
});

describe("what is largely unusable stands out", () => {
  const base = {
    ...{ name: "shop", nouns: { item: "shoe", items: "shoes" }, items: "items.jsonl", id: "id" },
    target: { type: "class", column: "label" },
    split: { column: "split" },
  };
  const rated = { type: "ratings", table: "r.csv", item: "shoe", user: "who", value: "stars" };
  const ratings = (row: (i: number) => string) =>
    ["shoe,who,stars", ...Array.from({ length: 20 }, (_, i) => row(i))].join("\n");
  for (const [what, keys, row, table, expected] of [
    [
      "values",
      { inputs: { price: { type: "number", max: 90 } } },
      {},
      "",
      /"price": \d of 60 values cannot be used, for which their shoes are left out$/m,
    ],
    [
      "a pattern that finds nothing",
      { inputs: { text: { type: "number", pattern: "(\\d{4})" } } },
      {},
      "",
      /"text": in 60 of 60 values, nothing is found by its pattern$/m,
    ],
    [
      "files",
      { inputs: { walk: { type: "sequence" } } },
      { walk: "a.npy" },
      "",
      /"walk": 60 of 60 values name files that are not there$/m,
    ],
    [
      "targets",
      { inputs: { text: { type: "text" } }, target: { type: "number", column: "size" } },
      { size: (i: number) => ["", "big", i][Math.min(i, 2) % 3] },
      "",
      /nothing stands out/,
    ],
    [
      "targets, largely",
      { inputs: { text: { type: "text" } }, target: { type: "number", column: "size" } },
      { size: (i: number) => ["", "big", i][i % 3] },
      "",
      /40 of 60 shoes have no "size" that can be used, and are left out$/m,
    ],
    [
      "targets, all",
      { inputs: { text: { type: "text" } }, target: { type: "number", column: "size" } },
      { size: "big" },
      "",
      /no "size" is a number: there is nothing to learn$/m,
    ],
    [
      "a constant target",
      { inputs: { text: { type: "text" } }, target: { type: "number", column: "size" } },
      { size: 7 },
      "",
      /"size" is always 7: there is nothing to learn$/m,
    ],
    [
      "points that may be between thousands",
      { inputs: { size: { type: "number" } } },
      { size: (i: number) => `${i + 1}.000` },
      "",
      /"size": 60 values have a point before three digits \("1\.000"\), .*say "decimal": ","\.$/m,
    ],
    [
      "points that are said to be decimal",
      { inputs: { size: { type: "number", decimal: "." } } },
      { size: (i: number) => `${i + 1}.000` },
      "",
      /nothing stands out/,
    ],
    [
      "ratings of other ids",
      { inputs: { stars: rated } },
      {},
      ratings((i) => `i${i} ,u${i % 3},${i % 5}`),
      /"stars": none of the 20 ratings is of an item in the table: "shoe" has ids such as "i0 ", "id" such as "i0"$/m,
    ],
    [
      "ratings of unknown items",
      { inputs: { stars: rated } },
      {},
      ratings((i) => `${i < 2 ? "x" : "i"}${i},u${i % 3},${i % 5}`),
      /"stars": 2 of 20 ratings are of items that are not in the table$/m,
    ],
    [
      "ratings that are no numbers",
      { inputs: { stars: rated } },
      {},
      ratings((i) => `i${i},u${i % 3},good`),
      /stars: 20 without a number by 3 users, [\s\S]*"stars": 20 of 20 ratings are no number that can be/,
    ],
    [
      "ratings outside of the range",
      { inputs: { stars: { ...rated, max: 3 } } },
      {},
      ratings((i) => `i${i},u${i % 3},${i % 5}`),
      /"stars": 4 of 20 ratings are no number that can be used$/m,
    ],
  ] as const) {
    test(what, async (t) => {
      const cells = (i: number) =>
        Object.fromEntries(
          Object.entries(row).map(([name, cell]) => [
            name,
            typeof cell === "function" ? cell(i) : cell,
          ]),
        );
      const dir = await folder(t, {
        "dataset.json": JSON.stringify({ ...base, ...keys }),
        "items.jsonl": lines((i) => ({ ...plain(i), ...cells(i) })),
        "r.csv": table,
      });
      const { report } = await describeData(dir);
      assert.match(report, expected);
      assert.doesNotMatch(report, /Infinity/);
    });
  }
});

test("ids of more digits than numbers keep stay the id, and each is an issue", async (t) => {
  const rows = lines((i) => ({ ...plain(i), id: `${i}` }));
  const big = rows.replace(/"id":"(\d+)"/g, (_, i) => `"id":900719925474${2000 + Number(i)}`);
  const dir = await folder(t, { "items.jsonl": big });
  const { issues, text, report } = await describeData(dir);
  assert.equal(JSON.parse(text).id, "id");
  assert.match(JSON.parse(text)["//id"], /60 rows have a number beyond ±\(2\^53 - 1\)/);
  assert.match(report, /\n {2}id +id .*60 rows have a number beyond/);
  assert.match(
    issues!,
    /items\.jsonl:1: "id" has a number beyond .*; write it in quotes, as text\.\n/,
  );
  assert.match(issues!, /and 50 more$/);
});

test("decimal commas are said in the description, which reads them", async (t) => {
  const comma = (value: number) => value.toFixed(2).replace(".", ",");
  const rows = lines((i) => ({ ...plain(i), area: comma(i * 1.5), Preis: comma(i * 3.01 + 1) }));
  const dir = await folder(t, { "items.jsonl": rows });
  const { issues, text, report } = await describeData(join(dir, "items.jsonl"), "Preis");
  const { inputs, target } = JSON.parse(text);
  assert.deepEqual(inputs.area, { type: "number", decimal: "," });
  assert.deepEqual(target, { type: "number", column: "Preis", decimal: "," });
  assert.match(report, /from 1 to 178\.59, mean 89\.80/);
  assert.match(report, /"area" is nearly the target itself/);
  assert.equal(issues, undefined);
});

test("a text that is too long, as training would leave out, is an issue of its row", async (t) => {
  const dir = await folder(t, {
    "items.csv": `sku,name,tags\n${Array.from({ length: 9 }, (_, i) => `${i},word ${i},${i % 2 ? "x" : "y"}\n`).join("")}9,${"long ".repeat(20_001)},x\n`,
    "dataset.json": JSON.stringify({
      ...{ name: "shop", items: "items.csv", id: "sku", inputs: { name: { type: "text" } } },
      ...{ target: { type: "class", column: "tags" }, split: { test: 0.2 } },
    }),
  });
  const { issues } = await describeData(join(dir, "dataset.json"));
  assert.match(issues!, /items\.csv:11: "name" has 10000\d characters, expected at most 100000/);
});

test("images: absent and broken ones are counted and named", async (t) => {
  const png = await sharp({ create: { width: 3, height: 2, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const images = ["good.png", "cut.png", "none.png"];
  const dir = await folder(t, {
    "img/good.png": png,
    "img/cut.png": png.subarray(0, 40),
    "items.csv": `id,photo,label\n${Array.from({ length: 30 }, (_, i) => `${i},img/${images[i % 3]},l${i % 2}`).join("\n")}\n`,
  });
  const { report } = await describeData(dir);
  assert.match(report, /"photo": of 30 images looked at, 10 do not exist and 10 cannot be decoded/);
  assert.match(report, /items\.csv:3: img\/cut\.png cannot be decoded as an image \(/);
  assert.match(report, /items\.csv:4: "photo" names "img\/none\.png", but there is no file/);
});

test("images are found as training finds them; what is none is an issue", async (t) => {
  const png = await sharp({ create: { width: 3, height: 2, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const names = ["v1.a", " v1.b ", "more", "/none", "none"];
  const rows = names.map((photo, id) => JSON.stringify({ id, photo, label: `l${id % 2}` }));
  const photo = { type: "image", folder: "img", extensions: ["png"] };
  const dir = await folder(t, {
    ...{ "img/v1.a.png": png, "img/v1.b.png": png, "img/more/c.png": png },
    "data/items.jsonl": `${rows.join("\n")}\n{"id":5,"photo":{"url":"a"},"label":"l1"}\n`,
    "dataset.json": JSON.stringify({
      ...{ name: "shop", items: "data/items.jsonl", id: "id", inputs: { photo } },
      ...{ target: { type: "class", column: "label" }, split: { test: 0.2 } },
    }),
  });
  const { report, issues } = await describeData(dir);
  assert.match(report, /of 5 images looked at, 2 do not exist and 1 cannot be decoded/);
  assert.match(report, /items\.jsonl:3: "photo" names "more", but "img.*more" is a folder, not/);
  assert.match(report, /items\.jsonl:4: "photo" names "\/none", an absolute path, but names are/);
  assert.match(report, /items\.jsonl:5: "photo" names "none", but there .*, nor one that ends in/);
  assert.match(issues!, /items\.jsonl:6: "photo" has neither the bytes of an image nor its path\./);
});

test("images of which none is there are told with what the description may say of them", async (t) => {
  const rows = Array.from({ length: 30 }, (_, i) => `${i},${i}.jpg,l${i % 2}`);
  const dir = await folder(t, { "items.csv": `id,photo,label\n${rows.join("\n")}\n` });
  const { report } = await describeData(dir);
  assert.match(report, /of 30 images looked at, 30 do not exist/);
  assert.match(report, /the model learns nothing from "photo": say in which "folder" they are/);
});

test("images of one name beside different tables are not the same; no image is", async (t) => {
  const row = (id: number, text: string, photo: string) => `${id},${text},${photo},l${id % 2}\n`;
  const dir = await folder(t, {
    "train/items.csv": `id,text,photo,label\n${row(0, "a", "1.png")}${row(1, "b", "")}`,
    "test/items.csv": `id,text,photo,label\n${row(2, "a", "1.png")}${row(3, "b", "")}`,
    "dataset.json": JSON.stringify({
      ...{ name: "shop", items: "train/items.csv", split: { test: "test/items.csv" }, id: "id" },
      ...{ inputs: { text: { type: "text" }, photo: { type: "image" } } },
      target: { type: "class", column: "label" },
    }),
  });
  const { report } = await describeData(dir);
  assert.match(report, /1 item has the same inputs as an earlier row \(test.items\.csv:3\)/);
});

test("images in a Parquet file, as Hugging Face keeps them", async (t) => {
  const png = await sharp({ create: { width: 3, height: 2, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const images = Array.from({ length: 20 }, (_, i) => ({
    bytes: new Uint8Array(i === 4 ? png.subarray(0, 40) : png),
    path: null,
  }));
  // Some without an image.
  const bytes = huggingFace([...images, { bytes: null, path: null }, null]);
  const dir = await folder(t, { "items.parquet": bytes });
  const { report, text } = await describeData(dir);
  assert.deepEqual(JSON.parse(text).inputs, { image: { type: "image" } });
  assert.match(report, /"image": of 20 images looked at, 0 do not exist and 1 cannot be decoded/);
  assert.match(report, /items\.parquet:5: cannot be decoded as an image/);
  assert.match(report, /image +image +2 \(9\.1 %\).*100 % are names or bytes of images/);
});

describe("a description that is given", () => {
  const description = {
    name: "shop",
    nouns: { item: "product", items: "products", label: "kind", labels: "kinds" },
    items: "items.csv",
    id: "id",
    missing: ["-"],
    inputs: {
      price: { type: "number" },
      stars: { type: "ratings", table: "r.csv", item: "product", user: "user", value: "stars" },
    },
    target: { type: "labels", column: "kinds", separator: "|" },
    split: { test: "test.csv" },
  };
  const files = {
    "dataset.json": JSON.stringify(description),
    "items.csv": "id,price,kinds\na,1,x|y\nb,cheap,x\nb,-,\nc,3,x\n",
    "test.csv": "id,price,kinds\nd,4,x\ne,3,z\n",
    "r.csv": "user,product,stars\nu1,a,5\nu2,a,4.5\nu1,d,x\nu3,zz,1\n",
  };

  test("is checked against its tables", async (t) => {
    const dir = await folder(t, files);
    for (const path of [dir, join(dir, "dataset.json")]) {
      const { report, issues, given } = await describeData(path);
      assert.equal(given, true);
      assert.match(report, /^shop: 6 products \(4 train, 2 test\); described by dataset\.json/);
      assert.match(report, /3 kinds, 1\.20 per product; 1 product without\n {2}x 4, y 1, z 1/);
      assert.match(report, /stars: 4 from 1 to 5 by 3 users, of 2 of 5 items; 1 is of items that/);
      assert.match(report, /1 product has an id \("id"\) that an earlier row has: items\.csv:4/);
      assert.match(
        report,
        /1 product has the same inputs .*\(test\.csv:3\); 1 of them on the other/,
      );
      assert.match(report, /1 of the kinds occurs in testing only and cannot be learned: z/);
      assert.match(issues!, /items\.csv:3: "price" is "cheap", expected a number/);
      assert.match(issues!, /r\.csv:4: "stars" is "x", expected a number/);
    }
  });

  test("refuses another target, instead of ignoring it", async (t) => {
    const dir = await folder(t, files);
    for (const path of [dir, join(dir, "dataset.json")]) {
      await assert.rejects(describeData(path, "price"), {
        name: "InputError",
        message: `target: is "price", but dataset.json predicts "kinds"; change "target" in dataset.json, or name the table itself to have it guessed anew: npm run describe -- ${join(dir, "items.csv")} --target price`,
      });
      assert.equal((await describeData(path, "kinds")).given, true);
    }
    const movies = await folder(t, {
      "movies.csv": `movieId,title,genres\n${Array.from({ length: 9 }, (_, i) => `${i},A ${i},x${i % 2}`).join("\n")}\n`,
      "ratings.csv": "userId,movieId,rating,timestamp\n1,1,5,1\n",
    });
    await assert.rejects(describeData(movies, "title"), {
      message:
        /^target: is "title", but MovieLens' own layout, .*, predicts "genres"; name the table itself .*movies\.csv --target title$/,
    });
    const { text } = await describeData(join(movies, "movies.csv"), "title");
    assert.equal(JSON.parse(text).target.column, "title");
  });

  test("names ratings outside their declared range", async (t) => {
    const stars = { ...description.inputs.stars, min: 1, max: 4.5 };
    const inputs = { ...description.inputs, stars };
    const declared = JSON.stringify({ ...description, inputs });
    const dir = await folder(t, { ...files, "dataset.json": declared });
    const { issues } = await describeData(dir);
    assert.match(issues!, /r\.csv:2: "stars" is 5, expected 1 to 4\.5; correct it, or widen/);
    assert.doesNotMatch(issues!, /r\.csv:[35]/);
  });

  for (const [what, change, message] of [
    ["a column", { id: "sku" }, /^id: the table of items has no column "sku"; did you mean/],
    [
      "an input's column",
      { inputs: { prices: { type: "number" } } },
      /^inputs\.prices: the table of items has no column "prices"; did you mean "price"\?/,
    ],
    [
      "the target's column",
      { target: { type: "class", column: "kind" } },
      /^target\.column: the table of items has no column "kind"; did you mean "kinds"\?/,
    ],
    [
      "a column of ratings",
      { inputs: { r: { ...description.inputs.stars, user: "usr" } } },
      /^inputs\.r\.user: the table of inputs\.r has no column "usr"; did you mean "user"\?/,
    ],
    [
      "a column of what is known of users",
      {
        inputs: {
          r: {
            ...description.inputs.stars,
            users: { table: "r.csv", id: "user", columns: ["age"] },
          },
        },
      },
      /^inputs\.r\.users: the table of inputs\.r\.users has no column "age"/,
    ],
    [
      "the labels' file",
      { target: { ...description.target, labels: "kinds.txt" } },
      /^target\.labels: kinds\.txt does not exist.*one label on each line$/,
    ],
    ["a file", { items: "no.csv" }, /^no\.csv: there is no such file/],
  ] as const) {
    test(`names ${what} that is not there`, async (t) => {
      const changed = JSON.stringify({ ...description, ...change });
      const dir = await folder(t, { ...files, "dataset.json": changed });
      await assert.rejects(describeData(dir), { name: "InputError", message });
    });
  }

  test("has labels that are not among those that it lists", async (t) => {
    const target = { ...description.target, labels: ["x", "zz"] };
    const changed = JSON.stringify({ ...description, target });
    const dir = await folder(t, { ...files, "dataset.json": changed });
    const { report, issues } = await describeData(dir);
    assert.match(report, /\n {2}1 kind, 1\.00 per product; 1 product without\n {2}x 3\n/);
    assert.match(issues!, /items\.csv:2: "y" is not one of the labels; did you mean "x"\?/);
    assert.match(issues!, /test\.csv:3: "z" is not one of the labels; did you mean "x"\?/);
  });

  for (const [what, inputs, message] of [
    [
      "a name that options have",
      { constructor: { type: "number", column: "price" } },
      /^inputs\.constructor: cannot be trained under this name, .*with "column": "price"$/,
    ],
    [
      "groups that do not go together",
      { price: { type: "number", group: "data" } },
      /^inputs\.price\.group: /,
    ],
  ] as const) {
    test(`is refused for ${what}, as by training`, async (t) => {
      const changed = JSON.stringify({ ...description, inputs });
      const dir = await folder(t, { ...files, "dataset.json": changed });
      await assert.rejects(describeData(dir), { name: "InputError", message });
    });
  }

  test("has rows whose side is unknown", async (t) => {
    const split = {
      ...description,
      inputs: { price: { type: "number" } },
      split: { column: "side" },
    };
    const dir = await folder(t, {
      "dataset.json": JSON.stringify(split),
      "items.csv": "id,price,kinds,side\na,1,x,Train\nb,2,x,dev\nc,3,x,later\nd,4,x,constructor\n",
    });
    const { report, issues } = await describeData(dir);
    assert.match(report, /^shop: 4 products \(1 train, 1 validation\)/);
    assert.match(report, /no rows are for testing, so nothing can be scored/);
    for (const where of [/:4: has "later" in "side", the split/, /:5: has "constructor" in/]) {
      assert.match(issues!, where);
    }
    assert.match(
      report,
      /2 products have no split in "side" \(items\.csv:4, items\.csv:5\) and are left/,
    );
  });

  test("guesses a split of which rows say nothing, and what becomes of them", async (t) => {
    const row = (i: number) => ({ ...plain(i), ...(i === 7 ? { split: "" } : {}) });
    const dir = await folder(t, { "items.jsonl": lines(row) });
    const { report, issues, text } = await describeData(join(dir, "items.jsonl"));
    const { split, "//split": comment, inputs } = JSON.parse(text);
    assert.deepEqual([split, inputs.split], [{ column: "split" }, undefined]);
    assert.match(comment, /^1 row has no split in this column and is left out; say train/);
    assert.match(report, /^items: 60 items \(44 train, 15 test\)/);
    assert.match(
      report,
      /\n {2}1 item has no split in "split" \(items\.jsonl:8\) and is left out of/,
    );
    assert.match(
      issues!,
      /items\.jsonl:8: has nothing in "split", the split, .*; it is left out\.$/,
    );
    const description = parseDescription(text, "dataset.json");
    const read = await readDescribed({
      ...{ description, inputs: declareInputs(description) },
      ...{ root: dir, cache: dir, strict: false },
    });
    assert.equal(read.movies.length, 59);
    assert.ok(!read.movies.some(({ id }) => id === "i7"));
    const some = lines((i) => ({
      ...plain(i),
      ...(i < 20 ? { split: ["", "n/a", i < 6 ? "tset" : "-"][i % 3] } : {}),
    }));
    const other = await describeData(await folder(t, { "items.jsonl": some }));
    assert.match(JSON.parse(other.text)["//split"], /^20 rows have no split/);
    assert.match(
      other.report,
      /20 items have no split in "split" \(items\.jsonl:1, .*:3, \.\.\.\) and are/,
    );
  });

  test("has sides under all names that training knows", async (t) => {
    const row = (i: number) => ({ ...plain(i), split: i % 4 ? "Training" : "testing" });
    const dir = await folder(t, { "items.jsonl": lines(row) });
    const { report, issues, text } = await describeData(join(dir, "items.jsonl"));
    assert.deepEqual(JSON.parse(text).split, { column: "split" });
    assert.match(report, /^items: 60 items \(45 train, 15 test\)/);
    assert.equal(issues, undefined);
  });
});

describe("what cannot be described", () => {
  for (const [what, files, message] of [
    ["a folder without tables", { "a.txt": "x" }, /^data: .* has no table; expected CSV/],
    ["several tables", { "a.csv": "x\n", "b.csv": "x\n" }, /has several tables \(a\.csv, b\.csv\)/],
    ["a header alone", { "a.csv": "x,y\n" }, /^data: .*a\.csv has no row that can be read$/],
    [
      "broken rows alone",
      { "a.csv": "x,y,z\n1,2\n1,2,3,4\n" },
      /^data: .*a\.csv has no row that can be read \(a\.csv:2: has 2 fields, /,
    ],
    [
      "quotes in the wrong place",
      { "a.csv": 'x, y\n0, "a, 0"\n1, "b, 1"\n' },
      /a\.csv has no row that can be read \(a\.csv:2: has a quote in the wrong place/,
    ],
    [
      "a description of broken rows alone",
      {
        "dataset.json": JSON.stringify({
          ...{ name: "a", items: "a.csv", inputs: { x: { type: "text" } } },
          target: { type: "class", column: "y" },
        }),
        "a.csv": "x,y\n1\n",
      },
      /^items: have no row that can be read \(a\.csv:2: has 1 field,/,
    ],
  ] as const) {
    test(what, async (t) => {
      await assert.rejects(describeData(await folder(t, files)), { name: "InputError", message });
    });
  }

  test("nothing at the path, and a target that is no column", async (t) => {
    const dir = await folder(t, { "a.csv": "x,y\n1,2\n" });
    await assert.rejects(describeData(join(dir, "no")), /data: there is no file or folder/);
    await assert.rejects(describeData(dir, "z"), /target: is "z"; the columns are x, y/);
  });
});
