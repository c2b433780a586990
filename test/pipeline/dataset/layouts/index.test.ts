/** Folders that are known by sight bring descriptions that their own tables pass. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import sharp from "sharp";
import { describeData } from "../../../../pipeline/dataset/describe/describeData.ts";
import { imageOf } from "../../../../pipeline/dataset/inputs.ts";
import { readAt } from "../described/shop.ts";
import { folder } from "../folder.ts";

const JPEG = await sharp({ create: { width: 4, height: 6, channels: 3, background: "blue" } })
  .jpeg()
  .toBuffer();

test("the course's layout", async (t) => {
  const dir = await folder(t, {
    "genres.txt": "Drama\nComedy\n",
    "movies_train.dat": "1::The Net (1995)::Drama|Comedy\n2::Up (2009)::Comedy\n",
    "movies_test.dat": '3::"Heat" (1995)::Drama\n',
    "users.dat": "7::F::25::3::48067\n",
    "ratings.dat": "7::1::5::0\n7::3::4::0\n",
    "ml1m-images/1.jpg": JPEG,
    "ml1m-images/2.JPEG": JPEG,
    "ml1m-images/3.png": JPEG,
  });
  const { report, text } = await describeData(dir);
  assert.match(report, /: 3 movies \(2 train, 1 test\); the course's layout, recognised/);
  assert.match(report, /2 genres, 1\.33 per movie\n {2}Comedy 2, Drama 2/);
  assert.match(report, /ratings: 2 from 4 to 5 by 1 user, of 2 of 3 items\n/);
  const { inputs, target } = JSON.parse(text);
  assert.deepEqual(Object.keys(inputs), ["title", "year", "poster", "ratings"]);
  assert.equal(inputs.poster.folder, "ml1m-images");
  assert.equal(target.labels, "genres.txt");
});

test("the course's layout with nothing but its movies", async (t) => {
  const dir = await folder(t, { "movies_train.dat": "1::A (1995)::x\n2::B (1996)::y\n" });
  const { report, text } = await describeData(dir);
  assert.match(report, /: 2 movies \(20\.0 % of them are drawn for testing\)/);
  assert.deepEqual(Object.keys(JSON.parse(text).inputs), ["title", "year"]);
});

test("MovieLens' own layout", async (t) => {
  const dir = await folder(t, {
    "movies.csv":
      'movieId,title,genres\n1,"Net, The (1995)",Drama|Comedy\n2,Up,(no genres listed)\n',
    "ratings.csv": "userId,movieId,rating,timestamp\n1,1,4.5,0\n2,1,3,0\n",
    "tags.csv": "userId,movieId,tag,timestamp\n",
  });
  const { report, text } = await describeData(dir);
  assert.match(report, /MovieLens' own layout, recognised by its files/);
  assert.match(report, /2 genres, 2\.00 per movie; 1 movie without/);
  assert.match(report, /ratings: 2 from 3 to 4\.5 by 2 users, of 1 of 2 items/);
  const { inputs } = JSON.parse(text);
  assert.match(inputs["//tags"], /tags\.csv is not used/);
  assert.equal(inputs["//links"], undefined);
  assert.equal(new RegExp(inputs.year.pattern, "u").exec("Net, The (1995)")?.[1], "1995");
});

describe("an image folder with metadata", () => {
  const metadata = (names: readonly string[]) =>
    names.map((file_name, i) => JSON.stringify({ file_name, label: `l${i % 2}` })).join("\n");

  test("in one folder, as CSV", async (t) => {
    const dir = await folder(t, {
      "metadata.csv": "file_name,label\na.jpg,x\nb.jpg,y\nc.jpg,x\nd.jpg,y\n",
      ...Object.fromEntries(["a", "b", "c", "d"].map((name) => [`${name}.jpg`, JPEG])),
    });
    const { report, text } = await describeData(dir);
    assert.match(report, /an image folder with metadata, recognised by its files; inputs and/);
    assert.match(report, /nothing stands out|fewer than 10/);
    assert.doesNotMatch(report, /do not exist/);
    assert.deepEqual(JSON.parse(text).inputs.file_name, { type: "image" });
  });

  test("with a folder per side; images are beside their metadata", async (t) => {
    const dir = await folder(t, {
      "train/metadata.jsonl": metadata(["a.jpg", "b.jpg", "c.jpg", "d.jpg"]),
      "test/metadata.jsonl": metadata(["a.jpg", "z.jpg"]),
      ...Object.fromEntries(["a", "b", "c", "d"].map((name) => [`train/${name}.jpg`, JPEG])),
      "test/a.jpg": JPEG,
    });
    const { report, text } = await describeData(dir);
    assert.match(report, /: 6 items \(4 train, 2 test\)/);
    assert.match(report, /of 6 images looked at, 1 does not exist and 0 cannot be decoded/);
    assert.match(
      report,
      /test.metadata\.jsonl:2: "file_name" names "z\.jpg", but there is no file/,
    );
    // The images of one name in both folders are not the same.
    assert.doesNotMatch(report, /same inputs/);
    const { items, split } = JSON.parse(text);
    assert.deepEqual(
      { items, split },
      {
        items: "train/metadata.jsonl",
        split: { test: "test/metadata.jsonl" },
      },
    );
    const { movies, issues } = await readAt(dir, { id: undefined, ...JSON.parse(text) });
    assert.deepEqual(
      movies.map((movie) => imageOf(movie, "file_name")),
      [
        ...["a", "b", "c", "d"].map((name) => join(dir, `train/${name}.jpg`)),
        ...[join(dir, "test/a.jpg"), undefined],
      ],
    );
    assert.match(issues[0]!.message, /^1 file is not there, .*"test.z\.jpg" \(line 2\)$/);
  });
});

test("a table per side of the split", async (t) => {
  const rows = (from: number) =>
    Array.from({ length: 8 }, (_, i) => `text of ${from + i},l${i % 2}`).join("\n");
  const dir = await folder(t, {
    "train.csv": `text,label\n${rows(0)}\n`,
    "dev.csv": `text,label\n${rows(100)}\n`,
    "test.csv": `text,label\n${rows(200)}\n`,
  });
  const { report, text } = await describeData(dir);
  assert.match(report, /: 24 items \(8 train, 8 validation, 8 test\); a table per side/);
  assert.deepEqual(JSON.parse(text).split, { test: "test.csv", validation: "dev.csv" });
});
