/** A described data set as a whole: labels, shares of the split, hash, strict mode, numbers found in texts. */

import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { describe, test } from "node:test";
import { folder } from "../folder.ts";
import { csv, type Files, idsOf, issuesOf, readAt, readShop } from "./shop.ts";

const ITEMS = csv("sku,name,tags", "a1,Boot,shoes|sale", "a2,Cap,hats", "a3,Sandal,shoes");

describe("labels", () => {
  const target = (labels: unknown) => ({
    target: { type: "labels", column: "tags", separator: "|", labels },
  });

  test("are in the order in which items have them first", async (t) => {
    const { labels } = await readShop(t, { "items.csv": ITEMS });
    assert.deepEqual(labels, ["shoes", "sale", "hats"]);
  });

  test("are in the order of the description's list, those that no item has included", async (t) => {
    const listed = ["hats", "gloves", "sale", "shoes", "hats"];
    const { labels } = await readShop(t, { "items.csv": ITEMS }, target(listed));
    assert.deepEqual(labels, ["hats", "gloves", "sale", "shoes"]);
  });

  test("are in the order of a file's lines", async (t) => {
    const files = {
      "items.csv": ITEMS,
      "lists/tags.txt": "\uFEFFhats\r\n\r\n sale \r\nshoes\r\nhats",
    };
    const shop = await readShop(t, files, target("lists/tags.txt"));
    assert.deepEqual(shop.labels, ["hats", "sale", "shoes"]);
    assert.deepEqual(issuesOf(shop), []);
    const fewer = await readShop(t, { ...files, "few.txt": "hats\nshoes\n" }, target("few.txt"));
    assert.deepEqual(idsOf(fewer), ["a2", "a3"]);
    assert.match(
      issuesOf(fewer)[0]!,
      /^items\.csv:2: "sale" is not one of the labels; did you mean/,
    );
  });

  test("of a file that is not there, or has too few, are refused by the key", async (t) => {
    const files = { "items.csv": ITEMS, "none.txt": "\n", "one.txt": "shoes\n" };
    const cases: [file: string, message: RegExp][] = [
      ["tags.txt", /^InputError: target\.labels: tags\.txt does not exist; it must be a/],
      [
        "none.txt",
        /^InputError: target\.labels: none\.txt has no label; it must have at least two/,
      ],
      ["one.txt", /^InputError: target\.labels: one\.txt has one label; it must have at least two/],
    ];
    for (const [file, message] of cases)
      await assert.rejects(readShop(t, files, target(file)), message);
  });

  test("that are all the same are refused, with what may be the reason", async (t) => {
    const items = csv("sku,name,tags", "a1,Boot,all", "a2,Cap,all");
    await assert.rejects(
      readShop(t, { "items.csv": items }),
      /^InputError: target\.column: all items have the label "all" and no others, .*"separator"$/,
    );
    const several = csv("sku,name,tags", "a1,Boot,warm|dry", "a2,Cap,dry|warm");
    await assert.rejects(
      readShop(t, { "items.csv": several }),
      /^InputError: target\.column: all items have the labels "warm", "dry" and no others/,
    );
  });
});

describe("shares", () => {
  /** 60 items in 12 groups; the last three are in none. */
  const rows = Array.from({ length: 60 }, (_, i) => {
    const group = i < 57 ? `g${i % 12}` : "";
    return `a${i},Item ${i},${i % 3 === 0 ? "x" : "y"},${group}`;
  });
  const files = { "items.csv": csv("sku,name,tags,maker", ...rows) };
  const sides = async (t: Parameters<typeof readShop>[0], split: object) => {
    const { movies } = await readShop(t, files, { split });
    return movies.map(({ split }) => split);
  };

  test("are drawn by the seed, every label alike", async (t) => {
    const first = await sides(t, { test: 0.25, seed: 3 });
    assert.deepEqual(await sides(t, { test: 0.25, seed: 3 }), first);
    assert.notDeepEqual(await sides(t, { test: 0.25, seed: 4 }), first);
    assert.deepEqual(
      await sides(t, { test: 0.25 }),
      await sides(t, { test: 0.25, seed: 42 }),
      "the seed by default",
    );
    const tested = (label: number) =>
      first.filter((side, i) => side === "test" && (i % 3 === 0) === (label === 0)).length;
    assert.deepEqual([tested(0), tested(1)], [5, 10]);
  });

  test("keep groups on one side; items without one are on their own", async (t) => {
    for (const seed of [1, 2, 3, 4]) {
      const drawn = await sides(t, { test: 0.4, seed, group: "maker" });
      for (let group = 0; group < 12; group++) {
        const own = new Set(drawn.filter((_, i) => i < 57 && i % 12 === group));
        assert.equal(own.size, 1, `group ${group}, seed ${seed}`);
      }
    }
    const few = csv("sku,name,tags,maker", ...rows.map((row) => row.replace(/g\d+$/, "")));
    const { movies } = await readShop(
      t,
      { "items.csv": few },
      { split: { test: 0.5, group: "maker" } },
    );
    assert.equal(movies.filter(({ split }) => split === "test").length, 30);
  });
});

test("items of one group, or with one image, are on one side and share a key", async (t) => {
  const rows = Array.from({ length: 24 }, (_, i) => {
    return `a${i},Item ${i},${i % 2 ? "x" : "y"},${i < 8 ? `g${i % 2}` : ""},${i < 16 ? i : i % 4}.png`;
  });
  const pictures = Array.from({ length: 16 }, (_, i) => [`${i}.png`, `picture ${i}`]);
  const { movies } = await readShop(
    t,
    { "items.csv": csv("sku,name,tags,maker,shot", ...rows), ...Object.fromEntries(pictures) },
    {
      inputs: { name: { type: "text" }, shot: { type: "image" } },
      split: { test: 0.4, group: "maker" },
    },
  );
  // Pictures 0 to 3 link the last eight items to the two groups.
  const linked = movies.filter((_, i) => i < 8 || i >= 16);
  const keys = linked.map((_, i) => linked[i % 2]!.group);
  assert.deepEqual(
    linked.map(({ group }) => group),
    keys,
  );
  assert.equal(new Set(keys).size, 2);
  for (const key of keys) {
    const sides = linked.filter(({ group }) => group === key).map(({ split }) => split);
    assert.equal(new Set(sides).size, 1);
  }
  for (const movie of movies.slice(8, 16)) assert.ok(!("group" in movie));
});

test("groups go with declared sides, and those on several are named", async (t) => {
  const read = (...lines: string[]) =>
    readShop(
      t,
      { "items.csv": csv("sku,name,tags,part,maker", ...lines) },
      { split: { column: "part", group: "maker" } },
    );
  const apart = await read("a1,A,x,train,g", "a2,B,y,test,h", "a3,C,x,train,g", "a4,D,y,val,");
  assert.deepEqual(issuesOf(apart), []);
  const [first, second, third] = apart.movies.map(({ group }) => group);
  assert.ok(first !== undefined && first === third && second === undefined);
  const both = await read("a1,A,x,train,g", "a2,B,y,test,h", "a3,C,x,val,g", "a4,D,y,test,h");
  assert.match(
    issuesOf(both).join(),
    /^note split\.group: 1 of 2 groups, e\.g\. "g", are on several sides of the split, .*0\.2$/,
  );
});

test("a placeholder keeps no items together, and is named in the data set's folder", async (t) => {
  const rows = Array.from({ length: 40 }, (_, i) => `a${i},${i % 2 ? "x" : "y"},none.png`);
  const shop = await readShop(
    t,
    { "items.csv": csv("sku,tags,shot", ...rows), "pics/none.png": "no image" },
    { inputs: { shot: { type: "image", folder: "pics" } }, split: { test: 0.25 } },
  );
  assert.equal(idsOf(shop, "test").length, 10);
  assert.ok(shop.movies.every((movie) => !("group" in movie)));
  assert.match(
    issuesOf(shop).join(),
    /^note pics\/none\.png: is shared by 40 of 40 items and taken/,
  );
});

describe("sha256", () => {
  const keys = {
    inputs: {
      name: { type: "text" },
      details: { type: "text" },
      shot: { type: "image", column: "sku", extensions: ["png"] },
      stars: { type: "ratings", table: "r.csv", item: "sku", user: "who", value: "points" },
    },
  };
  const files = {
    "items.csv": csv("sku,name,details,tags", "a1,ab,c,x", "a2,d,,y"),
    "r.csv": csv("who,sku,points", "u1,a1,4", "u2,a2,5"),
    "a1.png": "picture",
  };
  const table = (...lines: string[]) => ({ "items.csv": csv("sku,name,details,tags", ...lines) });
  const reviews = (...lines: string[]) => ({ "r.csv": csv("who,sku,points", ...lines) });

  test("is that of the same data set in another folder", async (t) => {
    const root = await folder(t, files);
    const copy = await folder(t);
    await cp(root, copy, { recursive: true });
    const { sha256 } = await readAt(root, keys);
    assert.match(sha256, /^[0-9a-f]{64}$/);
    assert.equal((await readAt(copy, keys)).sha256, sha256);
  });

  const changes: [what: string, files: Files, keys?: object][] = [
    ["an id", table("a1,ab,c,x", "a3,d,,y")],
    ["a text", table("a1,ab,C,x", "a2,d,,y")],
    ["where texts end", table("a1,a,bc,x", "a2,d,,y")],
    ["which input has the text", table("a1,ab,c,x", "a2,,d,y")],
    ["a label", table("a1,ab,c,x", "a2,d,,z")],
    ["the order of items", table("a2,d,,y", "a1,ab,c,x")],
    ["a rating's stars", reviews("u1,a1,4", "u2,a2,4")],
    ["a rating's user", reviews("u3,a1,4", "u2,a2,5")],
    ["a rating's item", reviews("u1,a1,4", "u2,a1,5")],
    ["another image", { "a2.png": "picture" }],
    ["the description", {}, { ...keys, missing: ["none"] }],
    ["the split", {}, { ...keys, split: { test: 0.5 } }],
  ];
  for (const [what, changed, others] of changes) {
    test(`is another after a change of ${what}`, async (t) => {
      const { sha256 } = await readShop(t, files, keys);
      const other = await readShop(t, { ...files, ...changed }, others ?? keys);
      assert.notEqual(other.sha256, sha256);
    });
  }

  test("is another after a change of an id or a side alone", async (t) => {
    const read = async (...lines: string[]) => {
      const files = { "items.csv": csv("sku,name,tags,part", ...lines) };
      return (await readShop(t, files, { split: { column: "part" } })).sha256;
    };
    const shas = [
      await read("a1,A,x,train", "a2,B,y,train"),
      await read("a1,A,x,train", "a3,B,y,train"),
      await read("a1,A,x,train", "a2,B,y,test"),
      await read("a1,A,x,train", "a2,B,y,validation"),
    ];
    assert.equal(new Set(shas).size, 4);
  });

  test("is another after a change of a group alone", async (t) => {
    const read = async (...lines: string[]) => {
      const files = { "items.csv": csv("sku,name,tags,maker", ...lines) };
      return (await readShop(t, files, { split: { test: 0.0001, group: "maker" } })).sha256;
    };
    const shas = [
      await read("a1,A,x,g", "a2,B,y,g", "a3,C,x,"),
      await read("a1,A,x,g", "a2,B,y,", "a3,C,x,g"),
      await read("a1,A,x,g", "a2,B,y,h", "a3,C,x,h"),
    ];
    assert.equal(new Set(shas).size, 3);
  });

  test("is another after a change in the labels' file alone", async (t) => {
    const target = { type: "labels", column: "tags", separator: "|", labels: "tags.txt" };
    const read = async (tags: string) =>
      (await readShop(t, { ...files, "tags.txt": tags }, { ...keys, target })).sha256;
    assert.notEqual(await read("x\ny\n"), await read("y\nx\n"));
  });
});

describe("strict mode", () => {
  test("throws on rows that cannot be used, of items and ratings, with all of them", async (t) => {
    const keys = {
      inputs: {
        stars: { type: "ratings", table: "r.csv", item: "sku", user: "who", value: "points" },
      },
    };
    const files = {
      "items.csv": csv("sku,tags", "a1,x", ",y", "a2,y"),
      "r.csv": csv("who,sku,points", "u1,a1,4", ",a1,4", "u1,b1,4"),
    };
    await assert.rejects(readShop(t, files, keys, true), (error: Error) => {
      assert.match(error.message, /^2 issues in the data set \(strict mode\):\n/);
      assert.match(error.message, /^ {2}items\.csv:3: has no id\.$/m);
      assert.match(error.message, /^ {2}r\.csv:3: has no user\.$/m);
      return true;
    });
    const { issueCounts, noteCounts } = await readShop(t, files, keys);
    assert.deepEqual(issueCounts, { "items.csv": 1, "r.csv": 1 });
    assert.deepEqual(noteCounts, { "r.csv": 1 });
  });

  test("throws on files that are not there, not on ratings of items that are not there", async (t) => {
    const shot = { inputs: { shot: { type: "image" } } };
    const files = { "items.csv": csv("sku,shot,tags", "a1,a.png,x", "a2,,y") };
    await assert.rejects(
      readShop(t, files, shot, true),
      /1 issue .*\n {2}items\.csv:2: "shot" names "a\.png", but there is no file "a\.png"\./,
    );
    const table = { type: "ratings", table: "r.csv", item: "sku", user: "who", value: "points" };
    const rated = {
      "items.csv": csv("sku,tags", "a1,x", "a2,y"),
      "r.csv": csv("who,sku,points", "u1,a1,4", "u1,b1,4"),
    };
    const shop = await readShop(t, rated, { inputs: { stars: table } }, true);
    assert.equal(issuesOf(shop).length, 1);
  });
});

describe("a number in a text", () => {
  const keys = {
    inputs: {
      name: { type: "text" },
      year: { type: "number", from: "name", pattern: "#(\\d*)" },
    },
  };
  const read = (t: Parameters<typeof readShop>[0], ...names: string[]) =>
    readShop(
      t,
      { "items.csv": csv("sku,name,tags", ...names.map((name, i) => `a${i},${name},l${i}`)) },
      keys,
    );

  test("may be missing, and is told where it is no year", async (t) => {
    const shop = await read(t, "A #1999", "B", "C #", "D #12", "");
    assert.deepEqual(issuesOf(shop), [
      'note inputs.year: 1 of 2 found in "name", e.g. "12", are not whole numbers from 1000 to 2999, and not used.',
    ]);
    assert.deepEqual(issuesOf(await read(t, "A", "B")), []);
  });

  test("is refused where none is a year", async (t) => {
    await assert.rejects(
      read(t, "A #12", "B #13", "C"),
      /^InputError: inputs\.year: cannot be trained yet: only years can, .* 2 of 2 found in "name"/,
    );
  });
});
