/** Rows of a description's tables: values, ids, labels and sides, and what becomes of rows that cannot be used. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Dataset } from "../../../../pipeline/dataset/dataset.ts";
import { imageOf } from "../../../../pipeline/dataset/inputs.ts";
import { folder } from "../folder.ts";
import { csv, idsOf, issuesOf, readAt, readShop } from "./shop.ts";

describe("values", () => {
  test("are read from the named columns, or those of the inputs' names", async (t) => {
    const items = csv("sku,name,long text,tags", "a1,Boot,For snow,shoes", "a2,Cap,,hats");
    const inputs = { name: { type: "text" }, details: { type: "text", column: "long text" } };
    const shop = await readShop(t, { "items.csv": items }, { inputs });
    assert.deepEqual(
      shop.movies.map(({ id, values }) => [id, values]),
      [
        ["a1", { name: "Boot", details: "For snow" }],
        ["a2", { name: "Cap" }],
      ],
    );
    assert.deepEqual(issuesOf(shop), []);
    assert.deepEqual([shop.name, shop.synthetic, shop.users], ["shop", false, {}]);
  });

  test("are absent where the cell is empty, blank or one of the missing texts", async (t) => {
    const items = csv("sku,name,tags", "a1,,x", "a2,  ,x", "a3,N/A,y", "a4,None,y");
    const shop = await readShop(t, { "items.csv": items }, { missing: ["N/A"] });
    assert.deepEqual(
      shop.movies.map(({ values }) => values),
      [{}, {}, {}, { name: "None" }],
    );
  });

  test("of JSON lines are text, whatever they were", async (t) => {
    const items = `{"sku":7,"name":12.5,"tags":["x","y"]}\n{"sku":8,"name":["a"],"tags":"y"}\n`;
    const shop = await readShop(t, { "items.jsonl": items }, { items: "items.jsonl" });
    assert.deepEqual(
      shop.movies.map(({ id, values: { name } }) => [id, name]),
      [
        ["7", "12.5"],
        ["8", '["a"]'],
      ],
    );
  });
});

test("whole numbers too large for their digits are issues where they are text, and numbers elsewhere", async (t) => {
  const big = "9007199254740993";
  const row = (values: object) =>
    JSON.stringify({ sku: 1, name: "A", kind: "k", size: 1, tags: "x", maker: "m", ...values });
  // JSON.stringify would lose the digits, too.
  const lines = [
    row({ sku: "BIG" }),
    row({ sku: 2, name: "BIG" }),
    row({ sku: 3, kind: ["k", "BIG"] }),
    row({ sku: 4, size: "BIG" }),
    row({ sku: 5, tags: "BIG" }),
    row({ sku: 6, maker: "BIG" }),
    row({ sku: "quoted BIG", tags: "y" }),
  ].map((line) => line.replace('"BIG"', `-${big}`).replace("quoted BIG", big));
  const keys = {
    items: "items.jsonl",
    inputs: {
      name: { type: "text" },
      kind: { type: "category" },
      size: { type: "number" },
      stars: { type: "ratings", table: "r.jsonl", item: "sku", user: "who", value: "points" },
    },
    split: { test: 0.0001, group: "maker" },
  };
  const ratings = `{"sku":"4","who":${big},"points":3}\n{"sku":4,"who":"${big}","points":4}\n`;
  const files = { "items.jsonl": lines.join("\n"), "r.jsonl": ratings };
  const shop = await readShop(t, files, keys);
  assert.deepEqual(idsOf(shop), ["4", big]);
  const issues = issuesOf(shop).filter((issue) => !issue.startsWith("note"));
  for (const [i, [place, column]] of [
    ["items.jsonl:1", "sku"],
    ["items.jsonl:2", "name"],
    ["items.jsonl:3", "kind"],
    ["items.jsonl:5", "tags"],
    ["items.jsonl:6", "maker"],
    ["r.jsonl:1", "who"],
  ].entries()) {
    const start = `${place}: "${column}" has a number beyond ±(2^53 - 1), of which the last digits are lost`;
    assert.equal(issues[i]?.slice(0, start.length), start);
    assert.match(issues[i]!, /; write it in quotes, as text\.$/);
  }
  assert.equal(issues.length, 6);
});

describe("ids", () => {
  test("are the row's numbers where no column has them, rows that are left out included", async (t) => {
    const items = csv("name,tags", "A,x", "B,", "C,y", "D,x");
    const shop = await readShop(t, { "items.csv": items }, { id: undefined });
    assert.deepEqual(idsOf(shop), ["1", "3", "4"]);
  });

  test("go on from table to table where they are numbers", async (t) => {
    const files = { "items.csv": csv("name,tags", "A,x", "B,y"), "t.csv": csv("name,tags", "C,x") };
    const shop = await readShop(t, files, { id: undefined, split: { test: "t.csv" } });
    assert.deepEqual(idsOf(shop), ["1", "2", "3"]);
  });

  test("that are missing, or there twice, are told by line", async (t) => {
    const items = csv("sku,name,tags", "a1,A,x", ",B,x", "a1,C,y", "a2,D,y");
    const shop = await readShop(t, { "items.csv": items });
    assert.deepEqual(idsOf(shop), ["a1", "a2"]);
    assert.equal(shop.movies[0]!.values.name, "A");
    assert.deepEqual(issuesOf(shop), [
      "items.csv:3: has no id.",
      'items.csv:4: the id "a1" is already taken; the first row with it is used.',
    ]);
  });
});

describe("labels", () => {
  const labelsOf = async (...[t, files, keys]: Parameters<typeof readShop>) =>
    (await readShop(t, files, keys)).movies.map(({ labels }) => labels);

  test("are parted by the separator, trimmed and without repeats", async (t) => {
    const items = csv("sku,name,tags", "a1,A, x |y|x|", "a2,B,z");
    assert.deepEqual(await labelsOf(t, { "items.csv": items }), [["x", "y"], ["z"]]);
  });

  test("may be lists of JSON, and without a separator a text is one label", async (t) => {
    const target = { type: "labels", column: "tags" };
    const lines = '{"sku":"a1","tags":["x","y|z"],"name":"A"}\n{"sku":"a2","tags":"v, w"}\n';
    assert.deepEqual(await labelsOf(t, { "a.jsonl": lines }, { items: "a.jsonl", target }), [
      ["x", "y|z"],
      ["v, w"],
    ]);
  });

  test("may be lists in texts, whatever the separator; digits that are lost are told", async (t) => {
    const items = csv(
      "sku,name,tags",
      'a1,A,"[""x"", ""y|z""]"',
      "a2,B,\"['x', 'w']\"",
      "a3,A,x|w",
      "a4,D,[9007199254740993]",
    );
    const target = { type: "labels", column: "tags", separator: "|" };
    assert.deepEqual(await labelsOf(t, { "items.csv": items }, { target }), [
      ["x", "y|z"],
      ["x", "w"],
      ["x", "w"],
    ]);
    const shop = await readShop(
      t,
      { "items.csv": items },
      { inputs: { tags: { type: "category" } }, target: { type: "class", column: "name" } },
    );
    assert.deepEqual(
      shop.movies.map(({ values }) => values.tags),
      [["x", "y|z"], ["x", "w"], ["x|w"]],
    );
    assert.match(issuesOf(shop)[0]!, /^items\.csv:5: "tags" has a number beyond/);
  });

  test("that are missing leave the item out, by file and line", async (t) => {
    const items = csv("sku,name,tags", "a1,A,x", 'a2,"two', 'lines",', "a3,C,none|", "a4,D,y");
    const shop = await readShop(t, { "items.csv": items }, { missing: ["none"] });
    assert.deepEqual(idsOf(shop), ["a1", "a4"]);
    assert.deepEqual(issuesOf(shop), [
      'items.csv:3: has nothing in "tags", the target; it is left out.',
      'items.csv:5: has nothing in "tags", the target; it is left out.',
    ]);
  });

  test("that are not among the listed ones leave the item out, with the nearest", async (t) => {
    const items = csv("sku,name,tags", "a1,A,shoes", "a2,B,shoes|hat", "a3,C,hats");
    const target = {
      ...{ type: "labels", column: "tags", separator: "|" },
      labels: ["hats", "shoes"],
    };
    const shop = await readShop(t, { "items.csv": items }, { target });
    assert.deepEqual(idsOf(shop), ["a1", "a3"]);
    assert.deepEqual(issuesOf(shop), [
      'items.csv:3: "hat" is not one of the labels; did you mean "hats"? (known are hats, shoes).',
    ]);
  });
});

describe("sides", () => {
  const validationOf = ({ movies }: Dataset) =>
    movies.flatMap(({ id, validation }) => (validation ? id : []));

  test("are what a column says, in any case; validation items are of the train split", async (t) => {
    const items = csv(
      "sku,name,tags,part",
      "a1,A,x,train",
      "a2,B,y,Test",
      "a3,C,x,VALIDATION",
      "a4,D,y, dev ",
      "a5,E,x,tset",
      "a6,F,x,",
      "a7,G,x,constructor",
    );
    const shop = await readShop(t, { "items.csv": items }, { split: { column: "part" } });
    assert.deepEqual(idsOf(shop, "train"), ["a1", "a3", "a4"]);
    assert.deepEqual(idsOf(shop, "test"), ["a2"]);
    assert.deepEqual(validationOf(shop), ["a3", "a4"]);
    assert.deepEqual(issuesOf(shop), [
      'items.csv:6: has "tset" in "part", the split, expected train, validation or test; it is left out.',
      'items.csv:7: has nothing in "part", the split, expected train, validation or test; it is left out.',
      'items.csv:8: has "constructor" in "part", the split, expected train, validation or test; it is left out.',
    ]);
  });

  test("are those of the tables where these are apart", async (t) => {
    const table = (...lines: string[]) => csv("sku,name,tags", ...lines);
    const shop = await readShop(
      t,
      {
        "items.csv": table("a1,A,x", "a2,B,y"),
        "dev.csv": table("a3,C,x"),
        "test.csv": table("a4,D,y", "a1,E,x"),
      },
      { split: { test: "test.csv", validation: "dev.csv" } },
    );
    assert.deepEqual(idsOf(shop, "train"), ["a1", "a2", "a3"]);
    assert.deepEqual(idsOf(shop, "test"), ["a4"]);
    assert.deepEqual(validationOf(shop), ["a3"]);
    assert.deepEqual(issuesOf(shop), [
      'test.csv:3: the id "a1" is already taken; the first row with it is used.',
    ]);
  });

  const items = csv("sku,name,tags", "a1,A,x", "a2,B,y");
  test("a table for testing without a label is refused", async (t) => {
    const files = { "items.csv": items, "test.csv": csv("sku,name,tags", "b1,A,", "b2,B,") };
    await assert.rejects(readShop(t, files, { split: { test: "test.csv" } }), {
      name: "InputError",
      message:
        'split.test: has no item that can be used (test.csv:2: has nothing in "tags", the target; it is left out); name another table, or draw a share such as 0.2',
    });
  });

  test("a table for testing without the target's column, or without rows, is refused", async (t) => {
    const split = { test: "test.csv" };
    await assert.rejects(
      readShop(t, { "items.csv": items, "test.csv": csv("sku,name", "b1,A") }, { split }),
      /^InputError: target\.column: the table of split\.test has no column "tags"; did you mean /,
    );
    await assert.rejects(
      readShop(t, { "items.csv": items, "test.csv": csv("sku,name,tags") }, { split }),
      /^InputError: split\.test: has no item that can be used; name another table/,
    );
  });
});

describe("images", () => {
  const inputs = {
    picture: { type: "image", column: "sku", folder: "pics", extensions: ["png", ".jpg"] },
  };
  const items = csv("sku,tags", "a1,x", "a2,y", "a3,x", "a4.gif,y", "a5,x");

  test("are found in their folder, with the extensions in turn", async (t) => {
    const names = ["a1.jpg", "a1.png", "a2.jpg", "a4.gif", "a5.jpeg"];
    const pictures = Object.fromEntries(names.map((name) => [`pics/${name}`, "picture"]));
    const root = await folder(t, { "items.csv": items, ...pictures });
    const shop = await readAt(root, { inputs });
    assert.deepEqual(
      shop.movies.map((movie) => imageOf(movie, "picture")),
      [
        ...[join(root, "pics/a1.png"), join(root, "pics/a2.jpg"), undefined],
        ...[join(root, "pics/a4.gif"), undefined],
      ],
    );
    assert.deepEqual(issuesOf(shop), [
      'note items.csv: 2 files are not there, and left out of "picture": "sku" names "a3", but there is no file "pics/a3", nor one that ends in ".png" or ".jpg" (line 4, the first)',
    ]);
  });

  test("that are not there are issues of their rows in strict mode", async (t) => {
    const pictures = { "pics/a1.png": "-", "pics/a2.png": "-", "pics/a4.gif": "-" };
    const root = await folder(t, { "items.csv": items, ...pictures });
    await assert.rejects(readAt(root, { inputs }, true), (error: Error) => {
      assert.match(error.message, /^2 issues in the data set \(strict mode\):\n/);
      assert.match(
        error.message,
        /items\.csv:4: "sku" names "a3", but there is no file "pics\/a3", nor .*\.$/m,
      );
      assert.match(error.message, /items\.csv:6: "sku" names "a5", /);
      return true;
    });
  });

  test("are beside the table without a folder; a single one that is not there is named", async (t) => {
    const files = { "items.csv": csv("sku,shot,tags", "a,a.png,x", "b,b.png,y"), "a.png": "-" };
    const root = await folder(t, files);
    const shop = await readAt(root, { inputs: { shot: { type: "image" } } });
    assert.equal(imageOf(shop.movies[0]!, "shot"), join(root, "a.png"));
    assert.deepEqual(issuesOf(shop), [
      'note items.csv: 1 file is not there, and left out of "shot": "shot" names "b.png", but there is no file "b.png" (line 3)',
    ]);
  });

  const shot = { inputs: { shot: { type: "image" } } };

  test("are beside their own table, of several; moved together, they are the same data set", async (t) => {
    const files = {
      "train/a.csv": csv("sku,shot,tags", "a,1.png,x", "b, 2.png ,y"),
      "train/more/b.csv": csv("sku,shot,tags", "c,1.png,x"),
      "test/a.csv": csv("sku,shot,tags", "d,1.png,y"),
    };
    const names = ["train/1.png", "train/2.png", "train/more/1.png", "test/1.png"];
    const pictures = Object.fromEntries(names.map((name) => [name, name]));
    const keys = { ...shot, items: "train/**/*.csv", split: { test: "test/a.csv" } };
    const [root, other] = [
      await folder(t, { ...files, ...pictures }),
      await folder(t, { ...files, ...pictures }),
    ];
    const shop = await readAt(root, keys);
    assert.deepEqual(
      Object.fromEntries(shop.movies.map((movie) => [movie.id, imageOf(movie, "shot")])),
      Object.fromEntries(["a", "b", "c", "d"].map((id, i) => [id, join(root, names[i]!)])),
    );
    assert.deepEqual(issuesOf(shop), []);
    assert.equal((await readAt(other, keys)).sha256, shop.sha256);
    // With a folder, all are there.
    const inOne = await readAt(root, {
      ...keys,
      inputs: { shot: { type: "image", folder: "train" } },
    });
    assert.equal(imageOf(inOne.movies.at(-1)!, "shot"), join(root, "train/1.png"));
    assert.notEqual(inOne.sha256, shop.sha256);
  });

  test("that are folders are left out with their place, and issues in strict mode", async (t) => {
    const rows = ["a,pics,x", "b,more,y", "c,a.png,x", "d,z.png,y", 'e,"",x'];
    const root = await folder(t, {
      "items.csv": csv("sku,shot,tags", ...rows),
      ...{ "pics/a.png": "-", "more/a.png": "-", "a.png": "-" },
    });
    const shop = await readAt(root, shot);
    const paths = shop.movies.map((movie) => imageOf(movie, "shot"));
    assert.deepEqual(paths, [undefined, undefined, join(root, "a.png"), undefined, undefined]);
    assert.deepEqual(issuesOf(shop), [
      'note items.csv: 2 files cannot be read, and are left out of "shot": "shot" names "pics", but "pics" is a folder, not a file (line 2, the first)',
      'note items.csv: 1 file is not there, and left out of "shot": "shot" names "z.png", but there is no file "z.png" (line 5)',
    ]);
    await assert.rejects(
      readAt(root, shot, true),
      /^Error: 3 issues .*\n {2}items\.csv:2: "shot" names "pics", but "pics" is a folder, not a file\.\n/,
    );
  });
});

test("columns that the table lacks are named by key, with the nearest", async (t) => {
  const files = { "items.csv": csv("sku,name,tags,part", "a1,A,x,train") };
  const cases: [keys: object, message: RegExp][] = [
    [
      { id: "skuu" },
      /^InputError: id: the table of items has no column "skuu"; did you mean "sku"\?$/,
    ],
    [
      { target: { type: "labels", column: "tag" } },
      /^InputError: target\.column: .* "tag"; did you mean "tags"/,
    ],
    [{ inputs: { nam: { type: "text" } } }, /^InputError: inputs\.nam: .* did you mean "name"/],
    [{ split: { column: "parts" } }, /^InputError: split\.column: .* did you mean "part"/],
    [{ split: { test: 0.5, group: "pat" } }, /^InputError: split\.group: .* did you mean "part"/],
  ];
  for (const [keys, message] of cases) await assert.rejects(readShop(t, files, keys), message);
});
