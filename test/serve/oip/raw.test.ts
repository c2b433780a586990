/** The view of a bundle's own inputs: the same answers as /v1/predict, from BYTES and numbers, JSON and binary. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import fc from "fast-check";
import sharp from "sharp";
import type { Server } from "../../../serve/server.ts";
import { PYTHON, without } from "../../needs/needs.ts";
import { LABELS } from "../../pipeline/sampleMovies.ts";
import { createLab, type Lab, post } from "../server.ts";
import { type BinaryInput, binaryBody, bytesTensor, textsOf } from "./binary.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into field by field
type Json = any;

interface Movie {
  readonly title?: string;
  readonly year?: number;
  readonly poster?: Buffer;
  readonly ratings?: readonly object[];
}

let lab: Lab;
let server: Server;
let url: string;
let movies: Movie[];

before(async () => {
  lab = await createLab();
  server = await lab.serve({ maxMovies: 16, maxRatings: 200, maxBatch: 4 });
  url = `${server.url}/v2/models/tiny_raw/infer`;
  const poster = await sharp({ create: { width: 40, height: 30, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  movies = [
    { title: "war cat", year: 1987, poster, ratings: [{ user: "u3", stars: 5 }] },
    { title: "Ünïcode, “love”" },
    { year: 1950, ratings: [{ user: "u0", stars: 1 }] },
    { poster, title: "steel (1999)" },
    { ratings: Array.from({ length: 7 }, (_, i) => ({ user: `u${i}`, stars: 1 + (i % 5) })) },
  ];
});
after(() => lab.close());

/** What /v1/predict answers, with the options. */
async function predictions(options: object = {}): Promise<Json[]> {
  const items = movies.map(({ poster, ...movie }) => ({
    ...movie,
    ...(poster ? { poster: poster.toString("base64") } : {}),
    ...options,
  }));
  const { status, json, text } = await post(`${server.url}/v1/predict`, items);
  assert.equal(status, 200, text);
  return json.predictions;
}

function jsonInputs(shape: readonly number[] = [movies.length]): Record<string, Json>[] {
  return [
    ["title", "BYTES", movies.map(({ title }) => title ?? "")],
    ["year", "FP64", movies.map(({ year }) => year ?? null)],
    ["poster", "BYTES", movies.map(({ poster }) => poster?.toString("base64") ?? null)],
    ["ratings", "BYTES", movies.map(({ ratings }) => (ratings ? JSON.stringify(ratings) : ""))],
  ].map(([name, datatype, data]) => ({
    name,
    datatype,
    shape,
    data,
    ...(name === "poster" ? { parameters: { content_type: "base64" } } : {}),
  }));
}

function binaryInputs(): BinaryInput[] {
  const shape = [movies.length, 1];
  const years = Buffer.alloc(4 * movies.length);
  for (const [i, { year }] of movies.entries()) years.writeFloatLE(year ?? Number.NaN, 4 * i);
  const bytes = (name: string, elements: (string | Uint8Array)[]) => ({
    name,
    datatype: "BYTES",
    shape,
    bytes: bytesTensor(elements),
  });
  return [
    bytes(
      "title",
      movies.map(({ title = "" }) => title),
    ),
    { name: "year", datatype: "FP32", shape, bytes: years },
    bytes(
      "poster",
      movies.map(({ poster }) => poster ?? ""),
    ),
    bytes(
      "ratings",
      movies.map(({ ratings }) => (ratings ? JSON.stringify(ratings) : "")),
    ),
  ];
}

async function sendBinary(inputs: readonly BinaryInput[], request: object = {}) {
  const { body, length } = binaryBody(inputs, request);
  const response = await fetch(url, {
    method: "POST",
    body: new Uint8Array(body),
    headers: { "inference-header-content-length": length },
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const split = Number(response.headers.get("inference-header-content-length") ?? bytes.length);
  return {
    status: response.status,
    json: JSON.parse(bytes.subarray(0, split).toString()),
    binary: bytes.subarray(split),
  };
}

const outputOf = (json: Json, name: string) =>
  json.outputs.find((output: { name: string }) => output.name === name);

/** The answer's outputs are those of the predictions: probabilities in the labels' order, the selected ones filled up. */
function assertOutputs(json: Json, expected: Json[]): void {
  const rows = expected.length;
  const probabilities = outputOf(json, "probabilities");
  assert.deepEqual(probabilities.shape, [rows, LABELS.length]);
  assert.deepEqual(outputOf(json, "labels").shape, [rows, LABELS.length]);
  assert.deepEqual(outputOf(json, "labels").data, new Array(rows).fill(LABELS).flat());
  const selected = outputOf(json, "selected");
  const width = Math.max(...expected.map((answer) => answer.selected.length));
  assert.deepEqual(selected.shape, [rows, width]);
  for (const [row, answer] of expected.entries()) {
    for (const { label, probability } of answer.scores) {
      const given = probabilities.data[row * LABELS.length + LABELS.indexOf(label)];
      assert.ok(Math.abs(given - probability) < 1e-6, `${label} of row ${row}`);
    }
    const filled = Array.from({ length: width }, (_, i) => answer.selected[i] ?? "");
    assert.deepEqual(selected.data.slice(row * width, (row + 1) * width), filled);
  }
}

test("the view has a name, inputs and outputs of its own, beside the tensors", async () => {
  const get = async (path: string) => {
    const response = await fetch(`${server.url}/v2/models/${path}`);
    return [response.status, JSON.parse(await response.text())] as const;
  };
  const [status, model] = await get("tiny_raw");
  assert.equal(status, 200);
  assert.equal(model.name, "tiny_raw");
  assert.deepEqual(model.inputs, [
    { name: "title", datatype: "BYTES", shape: [-1, 1] },
    { name: "year", datatype: "FP64", shape: [-1, 1] },
    { name: "poster", datatype: "BYTES", shape: [-1, 1] },
    { name: "ratings", datatype: "BYTES", shape: [-1, 1] },
  ]);
  assert.deepEqual(model.outputs, [
    { name: "probabilities", datatype: "FP32", shape: [-1, 3] },
    { name: "labels", datatype: "BYTES", shape: [-1, 3] },
    { name: "selected", datatype: "BYTES", shape: [-1, -1] },
    { name: "explanation", datatype: "BYTES", shape: [-1, 1] },
  ]);
  const [version] = model.versions;
  assert.deepEqual(await get(`tiny_raw/versions/${version}`), [200, model]);
  assert.deepEqual(await get("tiny_raw/ready"), [200, { name: "tiny_raw", ready: true }]);
  const [, tensors] = await get("tiny");
  assert.deepEqual([tensors.name, tensors.inputs[0].name], ["tiny", "title_tokens"]);
  for (const path of ["other_raw", "tiny_raw/versions/7", "tiny_raw_raw", "_raw"]) {
    const [missing, { error }] = await get(path);
    assert.equal(missing, 404);
    assert.match(error, /^there is no (model|version) "/);
  }
});

test("JSON answers as /v1/predict does, in shapes [rows] and [rows, 1], flat and nested", async () => {
  const expected = await predictions();
  const flat = await post(url, { id: "ours", inputs: jsonInputs() });
  assert.equal(flat.status, 200, flat.text);
  assert.deepEqual([flat.json.model_name, flat.json.id], ["tiny_raw", "ours"]);
  assert.deepEqual(
    flat.json.outputs.map(({ name }: { name: string }) => name),
    ["probabilities", "labels", "selected"],
  );
  assertOutputs(flat.json, expected);
  const nested = jsonInputs([movies.length, 1]).map(({ data, ...input }) => ({
    ...input,
    data: data.map((value: unknown) => [value]),
  }));
  const { json } = await post(url, { inputs: nested });
  assertOutputs(json, expected);
});

test("binary in and out: texts, files and floats as they are, NaN and empty for none", async () => {
  const expected = await predictions();
  const plain = await sendBinary(binaryInputs());
  assert.equal(plain.status, 200, JSON.stringify(plain.json));
  assertOutputs(plain.json, expected);
  const { json, binary } = await sendBinary(binaryInputs(), {
    parameters: { binary_data_output: true },
  });
  let at = 0;
  for (const output of json.outputs) {
    const part = binary.subarray(at, at + output.parameters.binary_data_size);
    at += part.length;
    output.data =
      output.datatype === "BYTES"
        ? textsOf(part)
        : Array.from(new Float32Array(Uint8Array.from(part).buffer));
  }
  assert.equal(at, binary.length);
  assertOutputs(json, expected);
});

test("every datatype of numbers, and numbers as text, mean the same", async () => {
  const write: Record<string, (view: DataView) => void> = {
    FP64: (view) => view.setFloat64(0, 1987, true),
    FP32: (view) => view.setFloat32(0, 1987, true),
    INT64: (view) => view.setBigInt64(0, 1987n, true),
    INT32: (view) => view.setInt32(0, 1987, true),
    INT16: (view) => view.setInt16(0, 1987, true),
    UINT64: (view) => view.setBigUint64(0, 1987n, true),
    UINT32: (view) => view.setUint32(0, 1987, true),
    UINT16: (view) => view.setUint16(0, 1987, true),
  };
  const { json: alone } = await post(`${server.url}/v1/predict`, [{ year: 1987 }]);
  for (const [datatype, set] of Object.entries(write)) {
    const bytes = Buffer.alloc(Number(datatype.replace(/\D/g, "")) / 8);
    set(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
    const { json } = await sendBinary([{ name: "year", datatype, shape: [1], bytes }]);
    assertOutputs(json, alone.predictions);
  }
  const bytes = bytesTensor(["1987"]);
  const asText = await sendBinary([{ name: "year", datatype: "BYTES", shape: [1], bytes }]);
  assertOutputs(asText.json, alone.predictions);
});

test("inputs may be left out, and base64 may be said of any, in JSON and in binary", async () => {
  const [, second] = await predictions();
  const title = Buffer.from(movies[1]!.title!).toString("base64");
  const parameters = { content_type: "base64" };
  const input = { name: "title", datatype: "BYTES", shape: [1], parameters };
  assertOutputs((await post(url, { inputs: [{ ...input, data: [title] }] })).json, [second]);
  assertOutputs((await sendBinary([{ ...input, bytes: bytesTensor([title]) }])).json, [second]);
});

test("topK, threshold, allowEmpty and explain are parameters of the request", async () => {
  const inputs = jsonInputs();
  const top = await post(url, { inputs, parameters: { topK: 2, threshold: 0.2 } });
  assert.equal(top.status, 200, top.text);
  const expected = await predictions({ topK: 2, threshold: 0.2 });
  assert.deepEqual(outputOf(top.json, "labels").shape, [movies.length, 2]);
  assert.deepEqual(
    outputOf(top.json, "labels").data,
    expected.flatMap(({ scores }) => scores.map(({ label }: { label: string }) => label)),
  );
  assert.deepEqual(
    outputOf(top.json, "selected").data.filter(Boolean),
    expected.flatMap(({ selected }) => selected),
  );
  for (const [i, { probability }] of expected.flatMap(({ scores }) => scores).entries()) {
    assert.ok(Math.abs(outputOf(top.json, "probabilities").data[i] - probability) < 1e-6);
  }
  const none = await post(url, { inputs, parameters: { threshold: 1 } });
  assert.deepEqual(outputOf(none.json, "selected"), {
    name: "selected",
    datatype: "BYTES",
    shape: [movies.length, 0],
    data: [],
  });
  const explained = await predictions({ explain: true });
  for (const request of [
    { parameters: { explain: true } },
    { outputs: [{ name: "explanation" }] },
  ]) {
    const { json } = await post(url, { inputs, ...request });
    const { shape, data } = outputOf(json, "explanation");
    assert.deepEqual(shape, [movies.length, 1]);
    for (const [row, text] of data.entries()) {
      const { inputs: groups, attention } = JSON.parse(text);
      assert.deepEqual(Object.keys(groups), Object.keys(explained[row].explanation.inputs));
      assert.deepEqual(Object.keys(attention), Object.keys(explained[row].explanation.attention));
    }
  }
});

test("what is large is read in a thread, to the same answers", async () => {
  const title = "war cat ".repeat(120).trim();
  const ratings = Array.from({ length: 30 }, (_, i) => ({ user: `u${i}`, stars: 1 + (i % 5) }));
  const item = { title, ratings, poster: movies[0]!.poster! };
  const rows = 16;
  const { json: alone } = await post(`${server.url}/v1/predict`, [
    { ...item, poster: item.poster.toString("base64") },
  ]);
  const expected = new Array(rows).fill(alone.predictions[0]);
  const input = (name: string, element: string | Uint8Array) => ({
    name,
    datatype: "BYTES",
    shape: [rows, 1],
    bytes: bytesTensor(new Array(rows).fill(element)),
  });
  const inputs = [
    input("title", title),
    input("poster", item.poster),
    input("ratings", JSON.stringify(ratings)),
  ];
  const { parse } = JSON;
  const parsed = new Set<string>();
  JSON.parse = (text: string, ...more) => {
    parsed.add(text);
    return parse(text, ...more);
  };
  const { json } = await sendBinary(inputs).finally(() => {
    JSON.parse = parse;
  });
  assertOutputs(json, expected);
  assert.ok(!parsed.has(JSON.stringify(ratings)), "the ratings were parsed on the event loop");
});

const one = (name: string, data: unknown[], more: object = {}) => ({
  inputs: [{ name, datatype: "BYTES", shape: [data.length], data, ...more }],
});
const INVALID: [what: string, request: Json, message: RegExp][] = [
  ["an unknown input", one("age", ["1"]), /"age" is not one of the model's: title, year, poster/],
  [
    "a tensor of the graph",
    one("title_tokens", ["1"]),
    /"title_tokens" is not one of the model's: title/,
  ],
  [
    "another datatype",
    one("title", [1], { datatype: "FP32" }),
    /"title" has datatype FP32; it takes BYTES/,
  ],
  [
    "another shape",
    one("title", ["a", "b"], { shape: [1, 2] }),
    /"title" has shape \[1,2\]; it takes \[-1\] or \[-1,1\]/,
  ],
  ["no rows", one("title", []), /"title" has shape \[0\]/],
  ["too many rows", one("title", new Array(17).fill("a")), /17 rows; at most 16/],
  [
    "fewer rows than another input",
    {
      inputs: [
        one("title", ["a", "b"]).inputs[0],
        one("year", [1990], { datatype: "FP64" }).inputs[0],
      ],
    },
    /"year" has 1 rows, but input "title" has 2/,
  ],
  [
    "too few values",
    one("title", ["a"], { shape: [2] }),
    /"title" has 1 values; its shape \[2\] takes 2/,
  ],
  ["a number as BYTES", one("title", ["a", 7]), /input "title", row 1: is a number/],
  ["a list", one("title", [["a", ["b"]]], { shape: [2, 1] }), /input "title", row 1: is a list/],
  ["nothing in a row", one("title", ["a", " "]), /^row 1 is empty; give at least one of title/],
  [
    "a number that is none",
    one("year", ["soon"]),
    /^input "year", row 0: "soon" is not a whole number$/,
  ],
  ["a number out of range", one("year", ["1990", "7"]), /^input "year", row 1: 7 is not a whole/],
  ["no base64", one("poster", ["!"]), /^input "poster", row 0: is not base64$/],
  [
    "an image as text",
    one("poster", ["x"], { parameters: { content_type: "str" } }),
    /input "poster", row 0: is text, not a file; send base64/,
  ],
  ["no image", one("poster", ["QUJD"]), /^input "poster", row 0: cannot be decoded as an image/],
  [
    "a wrong rating",
    one("ratings", ["", '[{"user":"u1","stars":3},{"stars":9}]'].concat([]), {}),
    /^row 0 is empty.*; input "ratings", row 1, at \[1\]\.stars: 9 is outside/,
  ],
  ["ratings that are no JSON", one("ratings", ["["]), /^input "ratings", row 0: is not JSON/],
  [
    "ratings that are no list",
    one("ratings", ["{}"]),
    /^input "ratings", row 0: is an object, expected a list/,
  ],
  [
    "an unknown content type",
    one("title", ["a"], { parameters: { content_type: "image" } }),
    /content_type "image"; expected one of str, base64/,
  ],
  [
    "a wrong option",
    { ...one("title", ["a"]), parameters: { topK: 0 } },
    /^parameter "topK": must be at least 1/,
  ],
  [
    "an output of the graph",
    { ...one("title", ["a"]), outputs: [{ name: "title_attention" }] },
    /"title_attention" is not one of the model's: probabilities, labels, selected, explanation/,
  ],
  [
    "an output asked for twice",
    { ...one("title", ["a"]), outputs: [{ name: "explanation" }, { name: "explanation" }] },
    /^output "explanation" is asked for twice$/,
  ],
];
for (const [what, request, message] of INVALID) {
  test(`refused with the input and the row: ${what}`, async () => {
    const { status, json } = await post(url, request);
    assert.equal(status, 400, JSON.stringify(json));
    assert.deepEqual(Object.keys(json), ["error"]);
    assert.match(json.error, message);
  });
}

test("refused: binary elements that end too early or too late, and text that is no UTF-8", async () => {
  const input = { name: "title", datatype: "BYTES", shape: [2] };
  const cases: [bytes: Buffer, message: RegExp][] = [
    [bytesTensor(["a"]), /input "title", row 1: ends beyond the input's 5 bytes/],
    [Buffer.from([9, 0, 0, 0, 65]), /input "title", row 0: ends beyond/],
    [bytesTensor(["a", "b", "c"]), /"title" has 5 bytes after its 2 elements/],
    [bytesTensor(["a", Uint8Array.of(0xff)]), /input "title", row 1: is not UTF-8/],
  ];
  for (const [bytes, message] of cases) {
    const { status, json } = await sendBinary([{ ...input, bytes }]);
    assert.equal(status, 400);
    assert.match(json.error, message);
  }
  const deep = bytesTensor(["[".repeat(100)]);
  const { status, json } = await sendBinary([
    { ...input, name: "ratings", shape: [1], bytes: deep },
  ]);
  assert.equal(status, 413);
  assert.match(json.error, /^input "ratings", row 0: is nested more than 32 deep/);
});

test("300 damaged binary bodies: an answer or an error in the protocol's form, never a 5xx", async () => {
  const { body, length } = binaryBody(binaryInputs());
  const changed = fc
    .tuple(fc.integer({ min: 0, max: body.length - 1 }), fc.integer({ min: 1, max: 255 }))
    .map(([at, bits]) => Buffer.from(body.map((byte, i) => (i === at ? byte ^ bits : byte))));
  const cut = fc.integer({ min: 0, max: body.length - 1 }).map((end) => body.subarray(0, end));
  await fc.assert(
    fc.asyncProperty(fc.oneof(changed, cut), async (damaged) => {
      const response = await fetch(url, {
        method: "POST",
        body: new Uint8Array(damaged),
        headers: { "inference-header-content-length": length },
      });
      const json = (await response.json()) as object;
      if (response.status === 200) return;
      assert.ok([400, 413].includes(response.status), JSON.stringify(json));
      assert.deepEqual(Object.keys(json), ["error"]);
    }),
    { numRuns: 300, seed: 1 },
  );
  assertOutputs((await sendBinary(binaryInputs())).json, await predictions());
});

test("NVIDIA's client, with JSON and binary tensors", {
  skip: without("tritonClient"),
}, async () => {
  const path = join(lab.root, "items.json");
  const items = movies.map(({ poster, ...movie }) => ({
    ...movie,
    ...(poster ? { poster: poster.toString("base64") } : {}),
  }));
  await writeFile(path, JSON.stringify(items));
  const { host } = new URL(server.url);
  const args = ["test/serve/oip/tritonRawClient.py", host, "tiny_raw", path];
  const { stdout } = await promisify(execFile)(PYTHON, args);
  const expected = await predictions();
  const answers = JSON.parse(stdout) as object[];
  assert.equal(answers.length, 2);
  for (const outputs of answers) assertOutputs({ outputs }, expected);
});
