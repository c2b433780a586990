/** Items of any declared inputs -> features -> a batch of the graph's tensors; groups of inputs. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import {
  collate,
  createItemEncoder,
  graphInputs,
  groupOf,
  groupsOf,
  itemLength,
  keepGroups,
  presentGroups,
  tableRows,
} from "../../predictor/item.ts";
import { NO_USER_ROW } from "../../predictor/preprocess/ratings.ts";
import { sampleInputs } from "./sampleManifest.ts";

const movieSpecs = sampleInputs();
const movies = createItemEncoder(movieSpecs);
const pixels = (value: number) =>
  ({ data: new Uint8Array(18).fill(value), width: 2, height: 3, channels: 3 }) as const;
const poster = pixels(9);

/** Two inputs of each type; some share a group. */
const { title, ratings } = movieSpecs;
const image = { ...movieSpecs.poster, width: 1, height: 1 };
const SPECS: InputSpecs = {
  headline: { ...title, group: "words" },
  cover: image,
  body: { ...title, form: "plain", maxWords: 3, group: "words" },
  price: { type: "number", min: 0, max: 100, whole: false, group: "facts" },
  votes: { ...ratings, users: ["7"] },
  photo: { ...image, width: 2, group: "cover" },
  pages: { type: "number", min: 1, max: 999, whole: true, group: "facts" },
  likes: { ...ratings, users: ["7", "8", "9"] },
};
const items = createItemEncoder(SPECS);
const pixel = (value: number) =>
  ({ data: new Uint8Array(3).fill(value), width: 1, height: 1, channels: 3 }) as const;
const ITEM = {
  headline: "Net, The",
  cover: pixel(7),
  body: "net the (The) x",
  price: 0,
  votes: [{ user: "9", stars: 4 }],
  photo: pixel(8),
  pages: 12,
  likes: [
    { user: "9", stars: 5 },
    { user: "7", stars: 2 },
  ],
};

test("collate stacks movies and pads ratings to the longest list", () => {
  const encoded = [
    { title: "The Net", year: 1995, ratings: [{ user: "9", stars: 4 }] },
    {
      poster,
      ratings: [
        { user: "7", stars: 5 },
        { user: "x", stars: 1 },
      ],
    },
    {},
  ].map((movie) => movies.encode(movie));
  const tensors = collate(encoded, movieSpecs);
  assert.deepEqual(Object.keys(tensors), graphInputs(movieSpecs));
  const shapes = Object.fromEntries(
    Object.entries(tensors).map(([name, { type, dims }]) => [name, `${type} ${dims}`]),
  );
  assert.deepEqual(shapes, {
    title_tokens: "int32 3,2,3",
    year: "float32 3,1",
    poster: "uint8 3,3,2,3",
    has_poster: "float32 3,1",
    rating_users: "int32 3,2",
    rating_stars: "float32 3,2",
  });
  const dataOf = (name: string) => [...tensors[name]!.data];
  const { tokens } = encoded[0]!.title as { tokens: Int32Array };
  assert.deepEqual(dataOf("title_tokens"), [...tokens, ...new Array(12).fill(0)]);
  assert.ok(tokens.some((token) => token !== 0));
  assert.deepEqual(dataOf("year"), [1995, 0, 0]);
  assert.deepEqual(dataOf("has_poster"), [0, 1, 0]);
  const shown = [...new Array(18).fill(0), ...new Array(18).fill(9), ...new Array(18).fill(0)];
  assert.deepEqual(dataOf("poster"), shown);
  const none = NO_USER_ROW;
  assert.deepEqual(dataOf("rating_users"), [3, none, 2, 1, none, none]);
  assert.deepEqual(dataOf("rating_stars"), [4, 0, 5, 1, 0, 0]);
});

test("a batch without any rating still has a place for one; a batch of nothing is refused", () => {
  const tensors = collate([movies.encode({})], movieSpecs);
  assert.deepEqual(tensors.rating_users!.dims, [1, 1]);
  assert.deepEqual([...tensors.rating_stars!.data], [0]);
  assert.throws(() => collate([], movieSpecs), {
    name: "InputError",
    message: "items: is empty; give at least one",
  });
});

test("two inputs of one type give tensors of their own names, by their own specs and values", () => {
  const tensors = collate([items.encode(ITEM)], SPECS);
  const names = [
    "headline_tokens",
    "cover",
    "has_cover",
    "body_tokens",
    "price",
    "has_price",
    "vote_users",
    "vote_stars",
    "photo",
    "has_photo",
    "pages",
    "like_users",
    "like_stars",
  ];
  assert.deepEqual(Object.keys(tensors), names);
  assert.deepEqual(graphInputs(SPECS), names);
  const valuesOf = (name: string) => [...tensors[name]!.data];
  const firstTokens = (name: string) =>
    valuesOf(name).filter((_, i) => i % title.piecesPerWord === 0);
  // "the" and "net" have ids 2 and 3; one form moves the article, the other does not.
  assert.deepEqual(firstTokens("headline_tokens"), [2, 3]);
  assert.deepEqual(firstTokens("body_tokens"), [3, 2, 2]);
  assert.deepEqual(
    [valuesOf("cover"), tensors.cover!.dims],
    [
      [7, 7, 7],
      [1, 1, 1, 3],
    ],
  );
  assert.deepEqual(
    [valuesOf("photo"), tensors.photo!.dims],
    [
      [8, 8, 8, 8, 8, 8],
      [1, 1, 2, 3],
    ],
  );
  assert.deepEqual([valuesOf("price"), valuesOf("has_price"), valuesOf("pages")], [[0], [1], [12]]);
  assert.deepEqual([valuesOf("vote_users"), valuesOf("vote_stars")], [[1], [4]]);
  assert.deepEqual(
    [valuesOf("like_users"), valuesOf("like_stars")],
    [
      [4, 2],
      [5, 2],
    ],
  );
});

test("a wrong value is named after its input", () => {
  for (const [name, value, field, detail] of [
    ["body", "x".repeat(1001), "body", "has 1001 characters; at most 1000 are accepted"],
    ["headline", ["a"], "headline", "is not text"],
    ["price", 101, "price", "101 is not a number from 0 to 100"],
    ["pages", 1.5, "pages", "1.5 is not a whole number from 1 to 999"],
    ["likes", [{ stars: 9 }], "likes[0].stars", "9 is outside 1 to 5"],
    [
      "photo",
      { ...pixel(1), width: 5 },
      "photo",
      "3 bytes do not make an image of 5 x 1 with 3 channels",
    ],
  ] as const) {
    assert.throws(() => items.encode({ ...ITEM, [name]: value }), {
      name: "InputError",
      field,
      detail,
    });
  }
});

test("groups have their inputs, in the order of the first ones", () => {
  assert.deepEqual(
    [...groupsOf(SPECS)],
    [
      ["words", ["headline", "body"]],
      ["cover", ["cover", "photo"]],
      ["facts", ["price", "pages"]],
      ["votes", ["votes"]],
      ["likes", ["likes"]],
    ],
  );
  for (const [group, inputs] of groupsOf(SPECS)) {
    for (const name of inputs) assert.equal(groupOf(name, SPECS[name]!), group);
  }
});

test("a group is there with any input of it", () => {
  const present = (item: object) => presentGroups(items.encode({ ...item }), SPECS);
  assert.deepEqual(present(ITEM), ["words", "cover", "facts", "votes", "likes"]);
  assert.deepEqual(present({}), []);
  for (const [group, inputs] of groupsOf(SPECS)) {
    for (const name of inputs) {
      assert.deepEqual(present({ [name]: ITEM[name as keyof typeof ITEM] }), [group], name);
    }
  }
  // 0 is a number; an empty text and no ratings are nothing.
  assert.deepEqual(present({ price: 0, body: "", votes: [] }), ["facts"]);
});

test("keepGroups leaves out every input of the other groups, and none of the kept ones", () => {
  const features = items.encode(ITEM);
  const nothing = items.encode({});
  for (const kept of [["words"], ["cover", "facts"], ["votes", "likes"], [], ["none"]]) {
    const expected = Object.entries(SPECS).map(([name, { group = name }]) => [
      name,
      kept.includes(group) ? features[name] : nothing[name],
    ]);
    assert.deepEqual(keepGroups(features, SPECS, kept), Object.fromEntries(expected));
  }
  assert.deepEqual(keepGroups(features, SPECS, [...groupsOf(SPECS).keys()]), features);
  // An input's own name is not its group's.
  assert.deepEqual(keepGroups(features, SPECS, ["headline", "photo", "price"]), nothing);
});

test("an item is as long as its longest list, whichever input has it", () => {
  const lengthOf = (item: object) => itemLength(items.encode({ ...item }), SPECS);
  assert.equal(lengthOf(ITEM), 2);
  assert.equal(lengthOf({ votes: ITEM.likes, likes: ITEM.votes }), 2);
  assert.equal(lengthOf({ headline: "a long text of many words", pages: 999 }), 0);
});

test("the tables of all inputs have their rows", () => {
  // 2 words and 8 buckets after padding and unknown; 18 groups by gender, age and occupation after the users.
  assert.deepEqual(tableRows(SPECS), {
    headline_tokens: 12,
    body_tokens: 12,
    vote_users: 2 + 1 + 18,
    like_users: 2 + 3 + 18,
  });
  assert.deepEqual(Object.keys(tableRows(movieSpecs)), ["title_tokens", "rating_users"]);
});

/** What the types are of, with what no type of its own is in their folder, and the files that may name them. */
const TYPED = {
  inputs: {
    types: ["category", "image", "number", "ratings", "sequence", "text"],
    shared: ["inputType", "types"],
    // The values of one type and its files, and a movie's inputs; a target may have the name of an input's type.
    mayName:
      /^(inputs|preprocess)\/|^ratingsFile\.ts$|^targets\/number\.ts$|^targets\/types\.ts$|^movie\w*\.ts$/,
  },
  targets: {
    types: ["class", "labels", "number"],
    shared: ["decide", "scored", "targetType", "types"],
    mayName: /^targets\/|^inputs\/(number|ratings)\.ts$|^inputs\/types\.ts$|^movie\.ts$/,
  },
} as const;

for (const [folder, { types: expected, shared, mayName }] of Object.entries(TYPED)) {
  test(`only their own files and the movie's name types of ${folder}`, async () => {
    const root = "predictor";
    const types = (await readdir(join(root, folder)))
      .map((file) => file.replace(".ts", ""))
      .filter((type) => !(shared as readonly string[]).includes(type));
    assert.deepEqual(types.sort(), expected);
    const one = `(?:${types.join("|")})`;
    // A literal, or an import of the type's file; `typeof x`, a field of an error and a noun are something else.
    const mention = new RegExp(`["']${one}["']|(?:${folder}|"\\.)/${one}\\.ts`, "g");
    const other = new RegExp(
      `typeof \\S+ [!=]== "${one}"|new InputError\\(\\s*"${one}"|labels: "labels"`,
      "g",
    );
    const files = (await readdir(root, { recursive: true })).filter((file) => file.endsWith(".ts"));
    const mentions = await Promise.all(
      files.map(async (file) => {
        const source = await readFile(join(root, file), "utf8");
        const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "").replace(other, "");
        return { file: file.replaceAll("\\", "/"), count: code.match(mention)?.length ?? 0 };
      }),
    );
    const named = mentions.filter(({ count }) => count > 0);
    assert.deepEqual(
      named.filter(({ file }) => !mayName.test(file)),
      [],
    );
    // Mentions are found where there are some.
    for (const file of ["types.ts", ...types.map((type) => `${type}.ts`)]) {
      assert.ok(
        named.some((found) => found.file === `${folder}/${file}`),
        file,
      );
    }
    if (folder === "inputs") assert.ok(named.some(({ file }) => file === "movie.ts"));
  });
}
