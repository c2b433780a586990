import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type CourseOptions, readCourse } from "../../../pipeline/dataset/course.ts";
import type { DataIssue, Dataset } from "../../../pipeline/dataset/dataset.ts";
import { imageOf, MOVIE_INPUTS, ratingsOf, textOf } from "../../../pipeline/dataset/inputs.ts";
import { describeDataIssue } from "../../../pipeline/dataset/issues.ts";
import { scannedBy } from "../../countWork.ts";
import { folder } from "./folder.ts";

/** A small valid data set. */
const VALID: Readonly<Record<string, string>> = {
  "genres.txt": "War\nComedy\nDrama",
  "movies_train.dat": "3::Lantern, The (1987)::Drama|War\n1::Hiccups: II (1990)::Comedy\n",
  "movies_test.dat": "7::Séance (2000)::Drama\n",
  "users.dat": "5::F::1::10::48067\n2::M::56::16::70072\n",
  "ratings.dat": "2::3::4::0\n5::3::5::0\n5::7::1::0\n",
  "ml1m-images/3.jpg": "-",
};

type Files = Readonly<Record<string, string | Uint8Array | undefined>>;

/** Reads VALID with some files replaced, or left out where undefined. */
async function read(t: TestContext, changes: Files = {}, options?: CourseOptions) {
  const files = Object.entries({ ...VALID, ...changes }).filter(
    ([, content]) => content !== undefined,
  );
  return readCourse(await folder(t, Object.fromEntries(files as [string, string][])), options);
}

/** Title, labels, split, ratings as [user id, stars]. */
function rows({ movies, users }: Dataset) {
  return movies.map((movie) => {
    const { id, labels, split } = movie;
    const ratings = ratingsOf(movie, "ratings");
    return {
      id,
      title: textOf(movie, "title"),
      labels,
      split,
      ratings: [...ratings.users].map((user, i) => [users.ratings![user]!.id, ratings.stars[i]]),
    };
  });
}

function lines(issues: readonly DataIssue[]) {
  return issues.map(({ file, line, message }) => `${file}:${line} ${message}`);
}

describe("readCourse on a valid data set", () => {
  it("reads every table", async (t) => {
    const dir = await folder(t, VALID);
    const dataset = await readCourse(dir, { strict: true });
    assert.deepEqual(dataset.labels, ["War", "Comedy", "Drama"]);
    assert.deepEqual(dataset.users.ratings, [
      { id: "5", gender: "F", age: 1, occupation: 10 },
      { id: "2", gender: "M", age: 56, occupation: 16 },
    ]);
    const lantern = { id: "3", title: "Lantern, The (1987)", labels: ["Drama", "War"] };
    const hiccups = { id: "1", title: "Hiccups: II (1990)", labels: ["Comedy"], ratings: [] };
    const seance = { id: "7", title: "Séance (2000)", labels: ["Drama"] };
    assert.deepEqual(rows(dataset), [
      {
        ...lantern,
        split: "train",
        ratings: [
          ["2", 4],
          ["5", 5],
        ],
      },
      { ...hiccups, split: "train" },
      { ...seance, split: "test", ratings: [["5", 1]] },
    ]);
    assert.deepEqual(
      dataset.movies.map((movie) => imageOf(movie, "poster")),
      [join(dir, "ml1m-images", "3.jpg"), undefined, undefined],
    );
    assert.deepEqual(dataset.issues, []);
    assert.deepEqual(dataset.issueCounts, {});
    assert.equal(dataset.name, basename(dir));
    assert.equal(dataset.synthetic, false);
  });

  it("hashes the tables as sha256sum would list them", async (t) => {
    const { sha256 } = await read(t);
    const order = ["genres.txt", "movies_train.dat", "movies_test.dat", "users.dat", "ratings.dat"];
    const hash = (text: string) => createHash("sha256").update(text).digest("hex");
    assert.equal(sha256, hash(order.map((file) => `${hash(VALID[file]!)}  ${file}\n`).join("")));
    const other = await read(t, { "ratings.dat": `${VALID["ratings.dat"]}\n` });
    assert.notEqual(other.sha256, sha256);
  });

  it("takes name and synthetic from the options", async (t) => {
    const dataset = await read(t, {}, { name: "sample", synthetic: true });
    assert.equal(dataset.name, "sample");
    assert.equal(dataset.synthetic, true);
  });

  it("reads the same from Latin-1, CRLF, a byte order mark and missing last newlines", async (t) => {
    const expected = rows(await read(t));
    const crlf = Object.fromEntries(
      Object.entries(VALID).map(([name, text]) => [
        name,
        `\uFEFF${text.trimEnd().replaceAll("\n", "\r\n")}`,
      ]),
    );
    assert.deepEqual(rows(await read(t, crlf)), expected);
    const latin1 = Buffer.from(VALID["movies_test.dat"]!, "latin1");
    assert.deepEqual(
      rows(await read(t, { "movies_test.dat": latin1 }, { strict: true })),
      expected,
    );
  });

  it("accepts half stars and repeated genres", async (t) => {
    const dataset = await read(t, {
      "ratings.dat": "2::3::3.5::0\n",
      "movies_test.dat": "7::A::Drama|Drama| War\n",
    });
    assert.deepEqual([...ratingsOf(dataset.movies[0]!, "ratings").stars], [3.5]);
    assert.deepEqual(dataset.movies[2]!.labels, ["Drama", "War"]);
  });
});

it("accepts titles that are whole plots, with a note, and raises the model's limit", async (t) => {
  const plots = [1200, 1000, 2345].map(
    (length, i) => `${i + 1}::${"a ".repeat(length / 2)}b::Drama`,
  );
  const dataset = await readCourse(await folder(t, { "movies_train.dat": plots.join("\n") }));
  assert.equal(dataset.movies.length, 3);
  assert.deepEqual(dataset.inputs.title, { ...MOVIE_INPUTS.title, maxCharacters: 3000 });
  assert.match(
    dataset.issues.map(describeDataIssue).join("\n"),
    /movies_train\.dat: 3 of 3 titles have more than 1000 characters, the longest 2345; the model accepts titles of up to 3000\./,
  );
  const short = await readCourse(await folder(t, { "movies_train.dat": "1::A::Drama\n" }));
  assert.equal(short.inputs, MOVIE_INPUTS);
});

describe("readCourse on bad lines", () => {
  /** Lines that must be rejected, each with a pattern of its issue's message. */
  const CASES: readonly (readonly [file: string, line: string, message: RegExp])[] = [
    ["movies_train.dat", "9::No Genres Field", /expected 3 fields.*MovieID::Title.*found 2/],
    ["movies_train.dat", "9::A::B::Drama", /expected 3 fields.*found 4/],
    ["movies_train.dat", "x9::A::Drama", /movie id must be 1 to 9 digits, found "x9"/],
    ["movies_train.dat", "::A::Drama", /movie id must be 1 to 9 digits, found ""/],
    ["movies_train.dat", "9:: ::Drama", /movie 9 has no title/],
    ["movies_train.dat", "9::A::Dramma", /unknown genre "Dramma" \(did you mean "Drama"\?\)/],
    ["movies_train.dat", "9::A::Drama|Opera", /unknown genre "Opera"; not listed in genres\.txt/],
    ["movies_train.dat", "3::A::Drama", /movie 3 is already listed/],
    ["movies_test.dat", "3::A::Drama", /movie 3 is also in the train split/],
    ["genres.txt", "Drama", /"Drama" is listed more than once/],
    ["genres.txt", "Film|Noir", /contains "\|"/],
    ["users.dat", "8::F::1::10", /expected 5 fields.*found 4/],
    ["users.dat", "-8::F::1::10::0", /user id must be 1 to 9 digits, found "-8"/],
    ["users.dat", "5::F::1::10::0", /user 5 is already listed/],
    [
      "users.dat",
      "8::F::young::10::0",
      /age \(0 to 150\) and occupation must be integer codes, found "young" and "10"/,
    ],
    ["ratings.dat", "2::1::4", /expected 4 fields.*found 3/],
    ["ratings.dat", "2.0::1::4::0", /user id must be 1 to 9 digits, found "2\.0"/],
    ["ratings.dat", "2::one::4::0", /movie id must be 1 to 9 digits, found "one"/],
    ["ratings.dat", "2::1::0::0", /stars must be a positive number, found "0"/],
    ["ratings.dat", "2::1::-3::0", /stars must be a positive number, found "-3"/],
    ["ratings.dat", "2::1::Infinity::0", /found "Infinity"/],
    ["ratings.dat", "2::1::NaN::0", /found "NaN"/],
    ["ratings.dat", "2::1::::0", /stars must be a positive number, found ""/],
    // Stars and timestamp exchanged.
    [
      "ratings.dat",
      "2::1::978300760::3",
      /9783007\d\d stars are far outside .* up to \d+\); are the/,
    ],
    ["ratings.dat", "2::99::4::0", /movie 99 is in neither/],
    ["ratings.dat", "99::1::4::0", /user 99 is not in users\.dat/],
    ["ratings.dat", "2::3::1::0", /user 2 has rated movie 3 before/],
  ];

  for (const [file, line, message] of CASES) {
    it(`reports and skips ${JSON.stringify(line)} in ${file}`, async (t) => {
      const text = `${VALID[file]!.trimEnd()}\n`;
      const dataset = await read(t, { [file]: `${text}${line}\n` });
      assert.deepEqual(rows(dataset), rows(await read(t)));
      assert.equal(dataset.issues.length, 1);
      assert.equal(dataset.issues[0]!.file, file);
      assert.equal(dataset.issues[0]!.line, text.split("\n").length);
      assert.match(dataset.issues[0]!.message, message);
      assert.deepEqual(dataset.issueCounts, { [file]: 1 });
    });
  }

  it("reports all bad lines in one error in strict mode", async (t) => {
    const changes: Record<string, string> = {};
    for (const [file, line] of CASES) {
      changes[file] = `${changes[file] ?? `${VALID[file]!.trimEnd()}\n`}${line}\n`;
    }
    await assert.rejects(read(t, changes, { strict: true }), (error: Error) => {
      assert.match(error.message, /^27 issues in the data set \(strict mode\):/);
      assert.equal(error.message.match(/^ {2}\S+:\d+: /gm)?.length, 20);
      assert.match(error.message, /and 7 more/);
      return true;
    });
  });

  it("counts a hundred thousand bad lines and keeps a thousand", async (t) => {
    const bad = "2::1::bad::0\n".repeat(100_000);
    const dataset = await read(t, { "ratings.dat": bad + VALID["ratings.dat"] });
    assert.deepEqual(dataset.issueCounts, { "ratings.dat": 100_000 });
    assert.equal(dataset.issues.length, 1000);
    assert.deepEqual(rows(dataset), rows(await read(t)));
  });

  it("keeps a movie without genres, with a note that strict mode accepts", async (t) => {
    const changes = { "movies_test.dat": "7::A::\n" };
    const dataset = await read(t, changes, { strict: true });
    assert.deepEqual(dataset.movies[2]!.labels, []);
    assert.deepEqual(lines(dataset.issues), [
      "movies_test.dat:1 movie 7 has no genre; it is kept without labels.",
    ]);
    assert.equal(dataset.issues[0]!.note, true);
    assert.deepEqual(dataset.issueCounts, {});
    assert.deepEqual(dataset.noteCounts, { "movies_test.dat": 1 });
  });
});

describe("readCourse with files missing", () => {
  const only = (dataset: Dataset) => {
    assert.equal(dataset.issues.length, 1, lines(dataset.issues).join("\n"));
    assert.equal(dataset.issues[0]!.note, true);
    return dataset.issues[0]!;
  };

  it("takes the labels from the train file if genres.txt is absent or empty", async (t) => {
    for (const content of [undefined, "\n"]) {
      const dataset = await read(t, { "genres.txt": content }, { strict: true });
      assert.deepEqual(dataset.labels, ["Drama", "War", "Comedy"]);
      assert.equal(only(dataset).file, "genres.txt");
    }
    const unknown = await read(t, { "genres.txt": undefined, "movies_test.dat": "7::A::Opera\n" });
    assert.match(
      lines(unknown.issues).join(),
      /unknown genre "Opera"; not listed in movies_train\.dat/,
    );
  });

  it("takes the users from the ratings if users.dat is absent", async (t) => {
    const dataset = await read(t, { "users.dat": undefined }, { strict: true });
    assert.deepEqual(dataset.users.ratings, [{ id: "2" }, { id: "5" }]);
    assert.deepEqual(rows(dataset), rows(await read(t)));
    assert.equal(only(dataset).file, "users.dat");
  });

  it("leaves all movies unrated if ratings.dat is absent", async (t) => {
    const dataset = await read(t, { "ratings.dat": undefined }, { strict: true });
    assert.ok(dataset.movies.every((movie) => ratingsOf(movie, "ratings").users.length === 0));
    assert.equal(dataset.users.ratings!.length, 2);
    assert.equal(only(dataset).file, "ratings.dat");
    const neither = await read(t, { "ratings.dat": undefined, "users.dat": undefined });
    assert.deepEqual(neither.issues.map(({ file }) => file).sort(), ["ratings.dat", "users.dat"]);
  });

  it("has no test split if movies_test.dat is absent or empty", async (t) => {
    for (const content of [undefined, ""]) {
      const dataset = await read(t, { "movies_test.dat": content, "ratings.dat": "2::3::4::0" });
      assert.deepEqual(
        dataset.movies.map(({ split }) => split),
        ["train", "train"],
      );
      assert.equal(only(dataset).file, "movies_test.dat");
    }
  });

  it("has no posters if there is no folder of images", async (t) => {
    const dataset = await read(t, { "ml1m-images/3.jpg": undefined }, { strict: true });
    assert.ok(dataset.movies.every((movie) => imageOf(movie, "poster") === undefined));
    assert.equal(only(dataset).file, "ml1m-images");
  });

  it("describes the expected layout if there is no training movie", async (t) => {
    const layout = /Expected layout: movies_train\.dat \(MovieID::Title \(Year\)::Genre\|Genre\)/;
    await assert.rejects(
      read(t, { "movies_train.dat": undefined }),
      /train\.dat does not exist\. /,
    );
    await assert.rejects(read(t, { "movies_train.dat": undefined }), layout);
    await assert.rejects(
      read(t, { "movies_train.dat": "" }),
      /no usable movie\. The file is empty/,
    );
    await assert.rejects(
      read(t, { "movies_train.dat": "1,A,Drama\n" }),
      /no usable movie\. First issue: movies_train\.dat:1: expected 3 fields/,
    );
    await assert.rejects(readCourse(join(await folder(t), "nowhere")), layout);
  });
});

it("reads thousands of labels without searching the list for each", async (t) => {
  const names = Array.from({ length: 1000 }, (_, i) => `tag ${i}`);
  const movies = names.map((name, i) => `${i + 1}::Movie (1990)::${name}`).join("\n");
  for (const genres of [names.join("\n"), undefined]) {
    const files = {
      "genres.txt": genres,
      "movies_train.dat": movies,
      "movies_test.dat": undefined,
    };
    let labels: readonly string[] = [];
    const scanned = await scannedBy(async () => {
      ({ labels } = await read(t, files));
    });
    assert.deepEqual(labels, names);
    assert.ok(scanned < 10 * names.length, `${scanned} labels looked at`);
  }
});

it("movies with the same poster have a group; a placeholder gives none", async (t) => {
  const ids = Array.from({ length: 30 }, (_, i) => i + 1);
  const posterOf = (id: number) => (id <= 12 ? "none" : id <= 14 ? "shared" : `poster of ${id}`);
  const dir = await folder(t, {
    "movies_train.dat": ids.map((id) => `${id}::Title ${id}::Drama`).join("\n"),
    ...Object.fromEntries(ids.map((id) => [`ml1m-images/${id}.jpg`, posterOf(id)])),
  });
  const { movies, issues } = await readCourse(dir);
  const grouped = movies.filter(({ group }) => group !== undefined);
  assert.deepEqual(
    grouped.map(({ id }) => id),
    ["13", "14"],
  );
  assert.equal(grouped[0]!.group, grouped[1]!.group);
  const said = issues.map(describeDataIssue).filter((text) => text.startsWith("ml1m-images"));
  assert.equal(said.length, 1);
  assert.match(said[0]!, /^ml1m-images\/1\.jpg: is shared by 12 of 30 movies and taken for/);
});
