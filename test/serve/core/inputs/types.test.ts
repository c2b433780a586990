/** What the table says of each type: its fields, cells and options, and names that would be ambiguous. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createOptions } from "../../../../node/options/options.ts";
import { decodePoster } from "../../../../node/poster.ts";
import { predictExample } from "../../../../pipeline/inputs/report.ts";
import { InputError } from "../../../../predictor/errors.ts";
import type { InputSpec, InputSpecs } from "../../../../predictor/inputs/types.ts";
import { createItemEncoder, presentGroups } from "../../../../predictor/item.ts";
import { YEAR } from "../../../../predictor/movie.ts";
import { decodeBase64 } from "../../../../serve/core/inputs/image.ts";
import {
  checkNames,
  exampleItem,
  fileInputs,
  isAnyGiven,
  listName,
  nothingGiven,
  pluralOf,
  servedType,
} from "../../../../serve/core/inputs/types.ts";
import { requestSchemas } from "../../../../serve/core/items.ts";
import { createItemReader } from "../../../../serve/http/readItems.ts";
import { createItemReader as createRowReader } from "../../../../serve/oip/raw/items.ts";
import { optionKeys, programFor } from "../../../../serve/predictOptions.ts";
import { sampleInputs, sampleManifest, sampleTarget } from "../../../predictor/sampleManifest.ts";

const LIMITS = { maxMovies: 3, maxRatings: 2 };
const MOVIE = sampleInputs();
const number = (min: number, max: number, whole: boolean): InputSpec => ({
  type: "number",
  min,
  max,
  whole,
});
const plain = (maxCharacters: number, vocabulary: string[]): InputSpec => ({
  ...MOVIE.title,
  form: "plain",
  maxCharacters,
  vocabulary,
});
const NO_GROUPS = { genders: [], ages: [], occupations: [] };

const SPECS: Record<string, InputSpec> = {
  title: MOVIE.title,
  "a short text": plain(3, []),
  "words of a vocabulary": plain(9, ["of", "steel", "wooden"]),
  image: MOVIE.poster,
  ratings: MOVIE.ratings,
  "ratings without groups": { ...MOVIE.ratings, groups: NO_GROUPS },
  "ratings without groups and users": { ...MOVIE.ratings, users: [], groups: NO_GROUPS },
  year: YEAR,
  "a small range": number(0.2, 0.4, false),
  "one whole number": number(1.2, 2.4, true),
  "all numbers": number(-3e38, 3e38, false),
  "unbounded number": { type: "number", whole: true, center: 2.5, scale: 3 },
  "number of at least": { type: "number", min: 3.5, whole: true },
  "number of at most": { type: "number", max: -1, whole: false, center: 4 },
  category: { type: "category", values: ["a", "b"], maxValues: 2, separator: ";" },
  "category of none": { type: "category", values: [], maxValues: 1 },
  sequence: { type: "sequence", features: 2, maxSteps: 9, mean: [1.23456, -1e6], std: [1, 2] },
  "sequence of numbers": { type: "sequence", features: 1, maxSteps: 1, mean: [0], std: [1] },
  "large numbers": number(2e38, 3e38, false),
  "decimal comma": { type: "number", min: 1.5, max: 1e6, whole: false, decimal: "," },
};

for (const [name, spec] of Object.entries(SPECS)) {
  test(`the example is accepted: ${name}`, async () => {
    const inputs: InputSpecs = { x: spec, title: MOVIE.title };
    const type = servedType(spec);
    const { x: value } = exampleItem(inputs);
    const result = type.field("x", spec, LIMITS).safeParse(value);
    assert.ok(result.success, JSON.stringify(result.error));
    assert.ok(type.isGiven(result.data, spec));
    const read =
      type.inForm === "file"
        ? await decodePoster(decodeBase64(String(result.data), "x"))
        : result.data;
    const features = createItemEncoder(inputs).encode({ x: read });
    // A text without a known word may be none to the model; it is accepted all the same.
    if (spec.type !== "text") assert.deepEqual(presentGroups(features, { x: spec }).length, 1);
  });
}

for (const [name, spec] of Object.entries(SPECS)) {
  test(`the option that a training shows is accepted: ${name}`, async () => {
    // "top" is an option of the command itself.
    const inputs: InputSpecs = { top: spec };
    const [, flag, value] = /^(--input-top)[ =](?:'(.*)'|(\S+))$/
      .exec(predictExample(inputs))!
      .filter((part) => part !== undefined);
    const program = programFor({ inputs, target: sampleTarget(["a"]) });
    const given = createOptions(program).read([`${flag}=${value}`]).inputTop;
    if (spec.type === "image") assert.equal(given, "top.jpg");
    else if (spec.type === "ratings") assert.equal(given, "top.csv");
    else {
      const read = await servedType(spec).fromOption("top", given, spec);
      assert.ok(servedType(spec).isGiven(read, spec));
      const features = createItemEncoder(inputs).encode({ top: read });
      if (spec.type !== "text") assert.equal(presentGroups(features, inputs).length, 1);
    }
  });
}

test("a training shows the first input that needs no file, with a value that is known", () => {
  const { poster, ratings, title } = MOVIE;
  const channel: InputSpec = { type: "category", values: ["e mail", "chat"], maxValues: 1 };
  const cold: InputSpec = { type: "number", max: -1, whole: false, center: -4 };
  assert.equal(predictExample({ poster, ratings, channel }), "--channel 'e mail'");
  assert.equal(predictExample({ title, channel }), "--title 'The Lantern of Doom (1987)'");
  assert.equal(
    predictExample({ note: plain(99, ["of", "late", "parcel"]) }),
    "--note 'late parcel'",
  );
  assert.equal(predictExample({ cold, title }), "--cold=-4");
  assert.equal(predictExample({ poster, ratings }), "--poster poster.jpg");
});

test("numbers have the range of the bundle, in requests and in OpenAPI", () => {
  const weight = number(-5, 2.5, false);
  const field = servedType(weight).field("weight", weight, LIMITS);
  assert.deepEqual([field.safeParse(-5).success, field.safeParse(2.5).success], [true, true]);
  for (const right of ["2", " -.5 ", true]) assert.equal(field.safeParse(right).success, true);
  for (const wrong of [-5.1, 3, "3", "0x2", "soon", [], { a: 1 }]) {
    assert.equal(field.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
  assert.equal(field.safeParse(3).error!.issues[0]!.message, "3 is not a number from -5 to 2.5");
  assert.equal(servedType(YEAR).field("year", YEAR, LIMITS).safeParse(1990.5).success, false);
});

test("cells: text as it is, lists as JSON", () => {
  const cell = (spec: InputSpec, text: string) => servedType(spec).fromCell("x", text, spec);
  assert.equal(cell(MOVIE.title, "7"), "7");
  assert.equal(cell(MOVIE.poster, "a.png"), "a.png");
  assert.deepEqual(cell(MOVIE.ratings, '[{"stars":3}]'), [{ stars: 3 }]);
  assert.throws(
    () => cell(MOVIE.ratings, "["),
    (error) => error instanceof InputError && error.field === "x",
  );
});

test("numbers on the command line are read as in tables", async () => {
  const read = (text: string) => servedType(YEAR).fromOption("year", text, YEAR);
  assert.equal(await read(" 1990 "), 1990);
  for (const [text, detail] of [
    ["0x7d0", '"0x7d0" is not a whole number'],
    ["Infinity", '"Infinity" is not a whole number'],
    ["1990.5", "1990.5 is not a whole number from 1888 to 2100"],
  ] as const) {
    await assert.rejects(read(text), { name: "InputError", field: "year", detail });
  }
});

test("an empty item is refused with the inputs' names", () => {
  assert.ok(!isAnyGiven({ ratings: [], other: 1 }, MOVIE));
  assert.ok(!isAnyGiven({ title: " " }, MOVIE), "a text of blanks");
  assert.ok(!isAnyGiven({ title: null, year: "", poster: null }, MOVIE), "no values");
  assert.ok(isAnyGiven({ title: "War" }, MOVIE));
  assert.equal(nothingGiven(["a"]), "is empty; give a");
  assert.equal(nothingGiven(["a", "b"]), "is empty; give at least one of a and b");
});

test("what means no value is not given: in JSON, forms, elements of BYTES, and alone", async () => {
  const missing = ["N/A", "-"];
  const inputs: InputSpecs = {
    price: { type: "number", whole: false, missing },
    colour: { type: "category", values: ["red"], maxValues: 1, missing },
    poster: { ...MOVIE.poster, missing },
    reviews: { ...MOVIE.ratings, missing },
    note: { ...plain(9, ["of"]), missing },
  };
  const manifest = { ...sampleManifest(), inputs };
  const nothing = { price: "-", colour: "N/A", poster: "N/A", reviews: null, note: " N/A " };
  assert.ok(!isAnyGiven(nothing, inputs));
  const { item } = requestSchemas(manifest, LIMITS);
  assert.ok(!item.safeParse(nothing).success, "nothing is given");
  const some = { ...nothing, colour: "red" };
  const encoder = createItemEncoder(inputs);
  const expected = encoder.encode({ colour: "red" });
  const readHttp = createItemReader(manifest, LIMITS);
  const bytes = Buffer.from(JSON.stringify(some));
  const fields = Object.entries({ ...some, reviews: "N/A" });
  for (const { items } of [
    readHttp({ kind: "json", bytes, charset: "utf-8" }),
    readHttp({ kind: "form", fields, files: [] }),
  ]) {
    assert.deepEqual(encoder.encode(items[0]!.item), expected);
  }
  const elements = Object.entries({ ...some, reviews: "N/A" }).map(([name, value]) => ({
    name,
    datatype: "BYTES" as const,
    shape: [1],
    data: [value],
  }));
  const [job] = createRowReader(manifest, LIMITS).read({ inputs: elements }, Buffer.alloc(0));
  assert.deepEqual(encoder.encode(job!.item), expected);
});

test("text for a number with a pattern is read by it, in requests and on the command line", async () => {
  const spec: InputSpec = { type: "number", whole: true, min: 1900, pattern: "(\\d{4})$" };
  const inputs: InputSpecs = { released: spec };
  const { item } = requestSchemas({ ...sampleManifest(), inputs }, LIMITS);
  for (const released of ["Jun 12 1998", 1998, "1998"]) {
    assert.ok(item.safeParse({ released }).success, String(released));
  }
  assert.ok(!item.safeParse({ released: "soon" }).success, "nothing is given");
  assert.match(
    item.safeParse({ released: "in 1898" }).error!.message,
    /1898 is not a whole number/,
  );
  const option = (text: string) => servedType(spec).fromOption("released", text, spec);
  assert.equal(await option("Jun 12 1998"), 1998);
  // As the command that training prints has it, the pattern may need more than the number.
  const distance: InputSpec = { type: "number", whole: false, pattern: "(\\d+) km" };
  const far = (text: string) => servedType(distance).fromOption("distance", text, distance);
  assert.deepEqual([await far("about 49 km"), await far("49")], [49, 49]);
  await assert.rejects(far("49 miles"), { message: /has no number that/ });
  const price: InputSpec = { ...distance, pattern: "EUR (\\S+)", decimal: "," };
  const paid = (text: string) => servedType(price).fromOption("price", text, price);
  assert.deepEqual(
    [await paid("EUR 2.900"), await paid("2.900"), await paid("12,5")],
    [2900, 2900, 12.5],
  );
  await assert.rejects(option("soon"), { message: /^released: "soon" has no number that/ });
});

test("a sequence's separator is that of training, on the command line as in tables", async () => {
  const spec: InputSpec = { ...SPECS["sequence of numbers"]!, separator: " " } as InputSpec;
  const option = (text: string) => servedType(spec).fromOption("pulse", text, spec);
  assert.deepEqual(await option("70 71"), ["70", "71"]);
  assert.deepEqual(await option("[70, 71]"), [70, 71]);
  await assert.rejects(option("no/such/file"), { message: /no\/such\/file does not exist/ });
});

test("an input from which nothing was learned is nothing given", () => {
  const inputs: InputSpecs = {
    price: number(0, 9, true),
    year: { ...number(0, 9, true), ignored: true },
  };
  assert.ok(isAnyGiven({ price: 1 }, inputs));
  assert.ok(!isAnyGiven({ year: 1 }, inputs));
});

test("text is read with a decimal comma where the data has one, in requests and on the command line", async () => {
  const spec: InputSpec = { type: "number", whole: false, max: 2000, decimal: "," };
  const field = servedType(spec).field("price", spec, LIMITS);
  for (const right of ["1.234,5", "1.234", 1234.5]) assert.ok(field.safeParse(right).success);
  for (const wrong of ["1234.5", "2.001", 2001]) assert.ok(!field.safeParse(wrong).success);
  assert.equal(await servedType(spec).fromOption("price", "1.234,5", spec), 1234.5);
  const { description } = field.meta()!;
  assert.equal(description, "a number, or text that is one, with a decimal comma (1.234,5)");
});

test("files and lists have the bundle's names; a movie's bundle keeps its own", () => {
  assert.deepEqual(fileInputs(MOVIE), ["poster"]);
  assert.deepEqual(["poster", "photos"].map(pluralOf), ["posters", "photos"]);
  assert.equal(listName({ inputs: MOVIE }), "movies");
  assert.equal(listName({ inputs: { title: MOVIE.title } }), "items");
});

test("a bundle whose input has the name of something else in requests is refused", () => {
  const named = (name: string) => ({ ...sampleManifest(), inputs: { [name]: MOVIE.title } });
  for (const name of ["id", "items", "topK", "threshold", "allowEmpty", "explain"]) {
    assert.throws(
      () => checkNames(named(name)),
      new RegExp(`^Error: sample has an input "${name}"`),
    );
  }
  for (const name of ["title", "movies", "model"]) checkNames(named(name));
});

test("an input whose name is an option's gets another option", () => {
  const { values, folders, missing } = optionKeys({
    model: MOVIE.title,
    Top: MOVIE.title,
    noName: MOVIE.title,
    posters: MOVIE.ratings,
    poster: MOVIE.poster,
  });
  assert.deepEqual(values, {
    model: "inputModel",
    Top: "inputTop",
    noName: "inputNoName",
    posters: "posters",
    poster: "poster",
  });
  assert.deepEqual(folders, { poster: "folderPosters" });
  assert.deepEqual(missing, { poster: "missingPoster" });
});
