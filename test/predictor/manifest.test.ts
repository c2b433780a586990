/** Which manifests are valid, and the error messages for others. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifest } from "../../predictor/manifest.ts";
import { sampleInputs, sampleManifest, sampleTarget } from "./sampleManifest.ts";

/** The error message for the sample manifest after `change`. */
function refusal(change: (manifest: Record<string, unknown>) => void): string {
  const manifest = sampleManifest() as unknown as Record<string, unknown>;
  change(manifest);
  try {
    parseManifest(JSON.stringify(manifest), "models/x/manifest.json");
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail("was accepted");
}

test("a manifest survives JSON unchanged", () => {
  assert.deepEqual(parseManifest(JSON.stringify(sampleManifest())), sampleManifest());
});

test("text that is not JSON, and JSON that is not an object, are refused with the name of the file", () => {
  assert.throws(() => parseManifest("{", "m.json"), /^Error: m\.json is not JSON: /);
  for (const text of ["null", "3", "[]", '"x"']) {
    assert.throws(() => parseManifest(text, "m.json"), /m\.json is not valid:/, text);
  }
});

for (const version of [3, 5]) {
  test(`format version ${version} is refused with what to do, whatever else is wrong`, () => {
    const message = refusal((manifest) => {
      manifest.formatVersion = version;
      manifest.target = "gone";
      delete manifest.inputs;
    });
    assert.equal(
      message,
      `models/x/manifest.json has format version ${version}, this program reads 4; use the Marquee version that wrote it, or retrain`,
    );
  });
}

test("every wrong field is listed at once", () => {
  const message = refusal((manifest) => {
    manifest.target = sampleTarget([]);
    manifest.files = { "model.onnx": { bytes: -1, sha256: "abc" } };
    manifest.extra = 1;
  });
  assert.match(message, /models\/x\/manifest\.json is not valid/);
  for (const part of ["target.labels", "bytes", "sha256", "extra"]) {
    assert.ok(message.includes(part), `${part} in ${message}`);
  }
});

test("one threshold per label, each from 0 to 1", () => {
  const short = refusal((manifest) => {
    manifest.target = sampleTarget(["a", "b", "c"], [0.5]);
  });
  assert.match(short, /must have one threshold per label/);
  assert.match(short, /→ at target\.thresholds\.perLabel/);
  const high = refusal((manifest) => {
    manifest.target = sampleTarget(["a", "b", "c"], [0.5, 1.5, 0.5]);
  });
  assert.match(high, /target\.thresholds\.perLabel\[1\]/);
});

test("n-grams whose shortest is longer than the longest are refused", () => {
  const message = refusal((manifest) => {
    const { title } = manifest.inputs as { title: { ngrams: { min: number } } };
    title.ngrams.min = 5;
  });
  assert.match(message, /must not be more than max/);
  assert.match(message, /inputs\.title\.ngrams\.min/);
});

/** The error message for the sample manifest with these inputs instead of its own, or beside them. */
const refusalOf = (inputs: object) =>
  refusal((manifest) => {
    manifest.inputs = inputs;
  });
const refusalWith = (inputs: object) => refusalOf({ ...sampleInputs(), ...inputs });
const range = { min: 1, max: 9, whole: true };

test("there is at least one input, each of a known type, and nothing unknown in its part", () => {
  assert.match(refusalOf({}), /must name at least one\n {2}→ at inputs$/);
  const unknown = refusalWith({ sound: { type: "audio", group: "title" } });
  assert.match(unknown, /→ at inputs\.sound\.type$/);
  for (const type of ["text", "image", "ratings", "number", "category", "sequence"]) {
    assert.ok(unknown.includes(`'${type}'`), `${type} in ${unknown}`);
  }
  assert.match(refusalWith({ score: range }), /→ at inputs\.score\.type/);
  for (const [name, spec] of Object.entries(sampleInputs())) {
    const message = refusalWith({ [name]: { ...spec, colour: "red" } });
    assert.match(message, new RegExp(`"colour"\\s+→ at inputs\\.${name}$`), name);
    assert.match(
      refusalWith({ [name]: { ...spec, group: "two words" } }),
      new RegExp(`must be a name: .*\\s+→ at inputs\\.${name}\\.group$`),
    );
  }
});

test("an input's name is a letter, then letters, digits or _", () => {
  for (const name of ["", "1st", "_x", "a-b", "a b", "ä", "a.b", "x[0]"]) {
    const message = refusalWith({ [name]: { type: "number", ...range } });
    assert.match(message, /must be a name: a letter, then letters, digits or _/, name);
    assert.match(message, /→ at inputs/, name);
  }
  // In JavaScript, no item is without these.
  for (const name of ["constructor", "toString"]) {
    const message = refusalWith({ [name]: { type: "number", ...range } });
    assert.match(message, /must not be a name that every object of JavaScript has\s+→ at inputs/);
  }
  const manifest = sampleManifest();
  const inputs = { ...sampleInputs(), A_1z: { type: "number", group: "score", ...range } };
  assert.deepEqual(parseManifest(JSON.stringify({ ...manifest, inputs })).inputs, inputs);
});

test("a number comes from a text that is declared, wherever it is in the list", () => {
  const from = (input: string) => ({ type: "number", ...range, from: { input, pattern: "(.)" } });
  for (const input of ["poster", "ratings", "year", "gone", "score", "constructor"]) {
    assert.match(
      refusalWith({ score: from(input) }),
      new RegExp(`must name a text, got "${input}"\\s+→ at inputs\\.score\\.from\\.input$`),
    );
  }
  const inputs = { score: from("title"), ...sampleInputs() };
  const text = JSON.stringify({ ...sampleManifest(), inputs });
  assert.deepEqual(Object.keys(parseManifest(text).inputs)[0], "score");
});

test("no two inputs have a graph input in common", () => {
  const { poster, ratings } = sampleInputs();
  assert.match(
    refusalWith({ rating: ratings }),
    /has the graph input "rating_users", as "ratings" has\n {2}→ at inputs\.rating\n/,
  );
  assert.match(
    refusalOf({ has_poster: { type: "number", ...range }, poster }),
    /has the graph input "has_poster", as "has_poster" has\n {2}→ at inputs\.poster$/,
  );
});

test("curves are optional, of a list, with one figure per count in every subset", () => {
  const curve = {
    input: "ratings",
    metric: "map@5",
    items: 7,
    counts: [0, 1, 5, null],
    subsets: [
      { groups: ["ratings"], values: [0.4, 0.5, null, 0.6] },
      { groups: ["title", "ratings"], values: [0.4, 0.5, 0.6, 0.7] },
    ],
  };
  const manifest = { ...sampleManifest(), curves: [curve] };
  assert.deepEqual(parseManifest(JSON.stringify(manifest)), manifest);
  const refusalAs = (change: object) =>
    refusal((other) => {
      other.curves = [{ ...curve, ...change }];
    });
  for (const counts of [
    [0, 1, 5, 9],
    [1, 2, 5, null],
    [0, 5, 1, null],
    [0, 1, null, null],
  ]) {
    const message = refusalAs({ counts });
    assert.match(message, /must ascend from 0, with null for all at the end/, String(counts));
    assert.match(message, /→ at curves\[0\]\.counts/);
  }
  assert.match(
    refusalAs({ subsets: [{ groups: ["ratings"], values: [0.5] }] }),
    /must have one value per count\s+→ at curves\[0\]\.subsets/,
  );
  for (const input of ["title", "gone"]) {
    assert.match(refusalAs({ input }), new RegExp(`names "${input}", which is not a list`));
  }
  // The year belongs to the title's group.
  for (const groups of [["title"], ["ratings", "year"], []]) {
    const subsets = [{ groups, values: [0, 0, 0, 0] }];
    assert.match(refusalAs({ subsets }), /must have groups of inputs, and "ratings" among them/);
  }
});
