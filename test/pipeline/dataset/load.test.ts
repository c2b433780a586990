/** What --data may be: a description, a folder with one, a layout known by sight, the sample; and what is said otherwise. */

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { MOVIE_INPUTS } from "../../../pipeline/dataset/inputs.ts";
import { findDataset, loadDataset } from "../../../pipeline/dataset/load.ts";
import { folder } from "./folder.ts";

const ROWS = Array.from({ length: 30 }, (_, i) => `a${i},Item ${i},${i % 2 === 0 ? "x" : "y"}`);
const ITEMS = `sku,name,tags\n${ROWS.join("\n")}\n`;
const DESCRIPTION = {
  name: "shop",
  nouns: { item: "product", items: "products" },
  items: "items.csv",
  id: "sku",
  inputs: { name: { type: "text" } },
  target: { type: "labels", column: "tags" },
};
const SHOP = { "items.csv": ITEMS, "dataset.json": JSON.stringify(DESCRIPTION) };

const load = (data: string, strict = false) => loadDataset({ data, cache: ".cache", strict });

describe("a description", () => {
  test("is found by its file, or by its folder", async (t) => {
    const dir = await folder(t, SHOP);
    for (const data of [dir, join(dir, "dataset.json"), `${dir}/`]) {
      assert.deepEqual(Object.keys((await findDataset(data)).inputs), ["name"]);
      const { root, dataset } = await load(data);
      assert.equal(root, dir);
      assert.deepEqual([dataset.name, dataset.movies.length], ["shop", 30]);
      assert.equal(dataset.movies.filter(({ split }) => split === "test").length, 6);
    }
  });

  test("may have another name, and its paths are relative to its own folder", async (t) => {
    const dir = await folder(t, {
      "data/items.csv": ITEMS,
      "notes/my shop.json": JSON.stringify({ ...DESCRIPTION, items: "../data/items.csv" }),
    });
    const { root, dataset } = await load(join(dir, "notes/my shop.json"));
    assert.deepEqual([root, dataset.movies.length], [join(dir, "notes"), 30]);
  });

  test("with a mistake is refused by line, before the options are read", async (t) => {
    const dir = await folder(t, {
      ...SHOP,
      "dataset.json": `{\n "name": "shop",\n "item": "items.csv"\n}`,
    });
    for (const read of [findDataset, load]) {
      await assert.rejects(read(dir), /^OptionsError: .*dataset\.json:3: item is not a known key/s);
    }
  });

  test("of what cannot be trained yet is refused by key", async (t) => {
    const inputs = { photo: { type: "image" }, price: { type: "number", group: "photo" } };
    const dir = await folder(t, {
      ...SHOP,
      "dataset.json": JSON.stringify({ ...DESCRIPTION, inputs }),
    });
    await assert.rejects(
      findDataset(dir),
      /^InputError: inputs\.price\.group: is "photo", the tower of an input of type image/,
    );
  });

  test("is read once, where its options were asked for before", async (t) => {
    const dir = await folder(t, SHOP);
    const found = await findDataset(dir);
    await writeFile(join(dir, "dataset.json"), "{");
    const { dataset } = await loadDataset({ data: dir, cache: ".cache", strict: false }, found);
    assert.deepEqual([dataset.name, dataset.movies.length], ["shop", 30]);
  });

  test("stands above a layout that is known by sight", async (t) => {
    const dir = await folder(t, { ...SHOP, "movies_train.dat": "1::A (1990)::x\n" });
    assert.deepEqual(Object.keys((await findDataset(dir)).inputs), ["name"]);
  });

  test("loses only the row of its table that has a broken quote", async (t) => {
    const dir = await folder(t, { ...SHOP, "items.csv": ITEMS.replace("a3,Item", 'a3,"Item') });
    const { dataset } = await load(dir);
    assert.equal(dataset.movies.length, 29);
    const [issue] = dataset.issues;
    assert.deepEqual([issue!.file, issue!.line], ["items.csv", 5]);
    assert.match(issue!.message, /^has a quote that opens and is never closed; close it/);
  });

  test("is read strictly if strictness is asked for", async (t) => {
    const dir = await folder(t, { ...SHOP, "items.csv": `${ITEMS}a99,Nothing,\n` });
    assert.equal((await load(dir)).dataset.issues.length, 1);
    await assert.rejects(
      load(dir, true),
      /1 issue in the data set \(strict mode\):\n {2}items\.csv:32/,
    );
  });
});

describe("layouts", () => {
  test("MovieLens' own", async (t) => {
    const movies = Array.from(
      { length: 30 },
      (_, i) => `${i + 1},"Film ${i}, The (${1970 + i})",${i % 2 === 0 ? "Drama|War" : "Comedy"}`,
    );
    const dir = await folder(t, {
      "movies.csv": `movieId,title,genres\n${movies.join("\n")}\n31,X,(no genres listed)\n`,
      "ratings.csv": "userId,movieId,rating,timestamp\n7,1,4.5,0\n7,2,3,0\n",
      "tags.csv": "userId,movieId,tag,timestamp\n",
    });
    const inputs = (await findDataset(dir)).inputs;
    assert.deepEqual(Object.keys(inputs), ["title", "year", "ratings"]);
    const missing = ["(no genres listed)"];
    assert.deepEqual(inputs.year, { ...MOVIE_INPUTS.year, min: 1000, max: 2999, missing });
    const { dataset } = await load(dir);
    assert.deepEqual(dataset.labels, ["Drama", "War", "Comedy"]);
    assert.deepEqual([dataset.movies.length, dataset.users.ratings!.length], [30, 1]);
    assert.equal(dataset.movies[0]!.values.title, "Film 0, The (1970)");
    assert.deepEqual(
      dataset.issues.map(({ file, line }) => [file, line]),
      [["movies.csv", 32]],
    );
  });

  test("the course's, which its own reader knows", async (t) => {
    const movies = Array.from({ length: 20 }, (_, i) => `${i + 1}::Film ${i} (1990)::Drama`);
    const dir = await folder(t, { "movies_train.dat": `${movies.join("\n")}\n` });
    assert.deepEqual((await findDataset(dir)).inputs, MOVIE_INPUTS);
    const { dataset } = await load(dir);
    assert.equal(dataset.movies.length, 20);
    assert.match(JSON.stringify(dataset.issues), /the data set has no test split/);
  });

  test("none is the embedded sample", async (t) => {
    assert.deepEqual((await findDataset(undefined)).inputs, MOVIE_INPUTS);
    const { dataset } = await loadDataset({
      data: undefined,
      cache: await folder(t),
      strict: true,
    });
    assert.deepEqual([dataset.name, dataset.synthetic], ["sample", true]);
  });
});

describe("what is no data set yet", () => {
  const asks = (data: string, description: string) => (error: Error) => {
    assert.equal(error.name, "InputError");
    const command = `write one with npm run describe -- ${data} --out ${description}, and give --data ${description}`;
    assert.ok(error.message.startsWith("data: "), error.message);
    assert.ok(error.message.endsWith(command), error.message);
    return true;
  };

  test("a folder with tables asks for a description", async (t) => {
    const folders = [
      { "items.csv": ITEMS },
      { "a.parquet": "PAR1", "b.csv": ITEMS },
      { "train.csv": ITEMS, "test.csv": ITEMS },
      { "metadata.jsonl": "{}" },
      { "train/metadata.jsonl": "{}", "test/metadata.jsonl": "{}" },
    ];
    for (const files of folders) {
      const dir = await folder(t, files as Record<string, string>);
      for (const read of [findDataset, load]) {
        await assert.rejects(read(dir), asks(dir, join(dir, "dataset.json")));
      }
    }
  });

  test("a table asks for a description, too; names are quoted for the shell", async (t) => {
    const dir = join(await folder(t, { "my shop/items.csv.gz": "-" }), "my shop");
    const table = join(dir, "items.csv.gz");
    await assert.rejects(findDataset(table), asks(`'${table}'`, `'${join(dir, "dataset.json")}'`));
  });

  test("a path that does not exist is told, and --help shows the options of movies", async (t) => {
    const dir = await folder(t);
    for (const name of ["nowhere", "dataset.json"]) {
      assert.deepEqual((await findDataset(join(dir, name))).inputs, MOVIE_INPUTS);
      await assert.rejects(load(join(dir, name)), (error: Error) => {
        assert.equal(
          error.message,
          `${join(dir, name)} does not exist; --data is a dataset.json, or the folder of a data set`,
        );
        return true;
      });
    }
  });

  test("an empty folder is told the layout that is expected", async (t) => {
    const dir = await folder(t);
    await assert.rejects(load(dir), /movies_train\.dat does not exist\. Expected layout/);
  });

  test("a file that is no description is told by its line", async (t) => {
    const dir = await folder(t, { "notes.md": "# Shop\n", "list.json": "[1, 2]\n" });
    await assert.rejects(
      findDataset(join(dir, "notes.md")),
      /^OptionsError: notes\.md:1: is not JSON/,
    );
    await assert.rejects(findDataset(join(dir, "list.json")), /^OptionsError: list\.json:1: /);
  });
});

describe("too few items for training", () => {
  test("are told by the description's nouns, with the first issue", async (t) => {
    const dir = await folder(t, SHOP);
    await writeFile(join(dir, "items.csv"), `sku,name,tags\n${ROWS.slice(0, 5).join("\n")}\n`);
    await assert.rejects(load(dir), (error: Error) => {
      assert.equal(
        error.message,
        `${dir} has 4 usable training products, expected at least 5; add products to the tables`,
      );
      return true;
    });
    // Three rows keep their tags.
    const tagged = [
      ...ROWS.slice(0, 3),
      ...ROWS.slice(3).map((row) => row.replace(/,[^,]*$/, ",")),
    ];
    await writeFile(join(dir, "items.csv"), `sku,name,tags\n${tagged.join("\n")}\n`);
    await assert.rejects(
      load(dir),
      /has \d+ usable training products, .* The first issue: items\.csv:\d+: has nothing in "tags"/,
    );
  });

  test("are movies in the course's layout", async (t) => {
    const dir = await folder(t, { "movies_train.dat": "1::A (1990)::x\n" });
    await assert.rejects(
      load(dir),
      /has 1 usable training movies, expected at least 5; add movies to movies_train\.dat$/,
    );
  });
});
