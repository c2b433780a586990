/** The Open Inference Protocol v2: metadata, JSON and binary tensors, errors in its form, and a public client. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import fc from "fast-check";
import { openBundle } from "../../../node/bundle.ts";
import { openSession } from "../../../node/session.ts";
import { collate } from "../../../predictor/item.ts";
import type { Manifest } from "../../../predictor/manifest.ts";
import { movieInputs } from "../../../predictor/movie.ts";
import { createMovieEncoder } from "../../../predictor/movieEncoder.ts";
import type { Tensor } from "../../../predictor/tensor.ts";
import type { Server } from "../../../serve/server.ts";
import { PYTHON, without } from "../../needs/needs.ts";
import { createLab, type Lab, post } from "../server.ts";

const TYPES = { float32: "FP32", int32: "INT32", uint8: "UINT8" } as const;

let lab: Lab;
let server: Server;
let manifest: Manifest;
let feeds: Record<string, Tensor>;
let expected: Record<string, Tensor>;
let url: string;

before(async () => {
  lab = await createLab();
  server = await lab.serve({ maxMovies: 16, maxBatch: 4 });
  url = `${server.url}/v2/models/tiny/infer`;
  const bundle = await openBundle(lab.model);
  manifest = bundle.manifest;
  const inputs = movieInputs(manifest.inputs);
  const encoder = createMovieEncoder(inputs);
  const { height, width } = inputs.poster;
  // Six rows: more than a batch, so that they are run in parts and put together again.
  const movies = Array.from({ length: 6 }, (_, i) => ({
    title: ["war cat", "love", "steel"][i % 3]!,
    year: 1950 + i,
    ratings: Array.from({ length: i }, (_, k) => ({ user: `u${k}`, stars: 1 + (k % 5) })),
    poster: {
      data: Uint8Array.from({ length: height * width * 3 }, (_, at) => (at * (i + 3)) % 256),
      height,
      width,
      channels: 3 as const,
    },
  }));
  feeds = collate(
    movies.map((movie) => encoder.encode(movie)),
    inputs,
  );
  const session = await openSession(bundle.graph, { threads: 1 });
  expected = await session.run(feeds);
  await session.close();
});
after(() => lab.close());

function jsonInputs() {
  return Object.entries(feeds).map(([name, { type, dims, data }]) => ({
    name,
    shape: [...dims],
    datatype: TYPES[type] as string,
    data: Array.from(data) as unknown[],
  }));
}

function binaryBody(request: object = {}): { body: Buffer; length: number } {
  const parts = Object.values(feeds).map(({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
  const inputs = jsonInputs().map(({ data: _, ...input }, i) => ({
    ...input,
    parameters: { binary_data_size: parts[i]!.length },
  }));
  const json = Buffer.from(JSON.stringify({ ...request, inputs }));
  return { body: Buffer.concat([json, ...parts]), length: json.length };
}

function assertClose(actual: ArrayLike<number>, name: string): void {
  const { data } = expected[name]!;
  assert.equal(actual.length, data.length);
  for (const [i, value] of data.entries()) assert.ok(Math.abs(value - actual[i]!) < 1e-6, name);
}

test("server, model and health", async () => {
  const get = async (path: string) => {
    const response = await fetch(server.url + path);
    return [response.status, JSON.parse(await response.text())] as const;
  };
  const [, about] = await get("/v2");
  assert.equal(about.name, "marquee");
  assert.deepEqual(about.extensions, [
    "binary_tensor_data",
    "model_configuration",
    "model_repository",
    "statistics",
  ]);
  assert.deepEqual(await get("/v2/health/live"), [200, { live: true }]);
  assert.deepEqual(await get("/v2/health/ready"), [200, { live: true, ready: true }]);
  const [, model] = await get("/v2/models/tiny");
  assert.equal(model.platform, "onnx_onnxv1");
  assert.deepEqual(model.inputs[0], { name: "title_tokens", datatype: "INT32", shape: [-1, 3, 5] });
  assert.deepEqual(model.outputs[0], { name: "probabilities", datatype: "FP32", shape: [-1, 3] });
  const version = model.versions[0];
  assert.deepEqual(await get(`/v2/models/tiny/versions/${version}`), [200, model]);
  const ready = [200, { name: "tiny", ready: true }];
  assert.deepEqual(await get("/v2/models/tiny/ready"), ready);
  assert.deepEqual(await get(`/v2/models/tiny/versions/${version}/ready`), ready);
  for (const path of ["/v2/models/other", "/v2/models/tiny/versions/7", "/v2/nothing"]) {
    const [status, body] = await get(path);
    assert.equal(status, 404);
    assert.deepEqual(Object.keys(body), ["error"]);
  }
});

test("configuration: the most items of a request, and how many run together", async () => {
  const response = await fetch(`${server.url}/v2/models/tiny/config`);
  const config = (await response.json()) as {
    max_batch_size: number;
    dynamic_batching: { preferred_batch_size: number[] };
    input: unknown[];
  };
  assert.equal(config.max_batch_size, 16);
  assert.deepEqual(config.dynamic_batching.preferred_batch_size, [4]);
  assert.deepEqual(config.input[0], {
    name: "title_tokens",
    data_type: "TYPE_INT32",
    dims: [3, 5],
  });
});

test("JSON: flat or nested, all outputs or some, the id comes back", async () => {
  const inputs = jsonInputs();
  const all = await post(url, { id: "ours", inputs });
  assert.equal(all.status, 200);
  assert.equal(all.json.id, "ours");
  assert.equal(all.json.model_name, "tiny");
  assert.match(all.json.model_version, /^[0-9a-f]{12}$/);
  assert.deepEqual(
    all.json.outputs.map(({ name, datatype, shape }: Record<string, unknown>) => [
      name,
      datatype,
      shape,
    ]),
    [
      ["probabilities", "FP32", [6, 3]],
      ["title_attention", "FP32", [6, 3]],
      ["modality_weights", "FP32", [6, 3]],
    ],
  );
  for (const { name, data } of all.json.outputs) assertClose(data, name);

  const nested = inputs.map((input) => {
    const rows = [];
    const size = input.data.length / 6;
    for (let i = 0; i < 6; i++) rows.push(input.data.slice(i * size, (i + 1) * size));
    return { ...input, data: rows };
  });
  const some = await post(url, { inputs: nested, outputs: [{ name: "modality_weights" }] });
  assert.equal(some.status, 200);
  assert.equal(some.json.outputs.length, 1);
  assert.equal("id" in some.json, false);
  assertClose(some.json.outputs[0].data, "modality_weights");
});

test("binary in, JSON out; binary in and out; per output", async () => {
  const send = async (request: object) => {
    const { body, length } = binaryBody(request);
    const response = await fetch(url, {
      method: "POST",
      body: new Uint8Array(body),
      headers: {
        "content-type": "application/octet-stream",
        "inference-header-content-length": String(length),
      },
    });
    assert.equal(response.status, 200);
    const bytes = Buffer.from(await response.arrayBuffer());
    const split = Number(response.headers.get("inference-header-content-length") ?? bytes.length);
    const json = JSON.parse(bytes.subarray(0, split).toString());
    let at = split;
    for (const output of json.outputs) {
      const size = output.parameters?.binary_data_size;
      if (size === undefined) assertClose(output.data, output.name);
      else {
        assertClose(
          new Float32Array(Uint8Array.from(bytes.subarray(at, at + size)).buffer),
          output.name,
        );
        at += size;
      }
    }
    assert.equal(at, bytes.length);
    return json.outputs.map((output: { data?: unknown }) => output.data === undefined);
  };
  assert.deepEqual(await send({}), [false, false, false]);
  assert.deepEqual(await send({ parameters: { binary_data_output: true } }), [true, true, true]);
  assert.deepEqual(
    await send({
      parameters: { binary_data_output: true },
      outputs: [
        { name: "title_attention" },
        { name: "probabilities", parameters: { binary_data: false } },
      ],
    }),
    [true, false],
  );
});

type Inputs = ReturnType<typeof jsonInputs>;
const with_ = (name: string, change: object) => (inputs: Inputs) =>
  inputs.map((input) => (input.name === name ? { ...input, ...change } : input));
const INVALID: [what: string, change: (inputs: Inputs) => unknown, message: RegExp][] = [
  ["no inputs", () => [], /^inputs: /],
  ["inputs of another kind", () => "x", /^inputs: /],
  ["an input missing", (inputs) => inputs.slice(1), /inputs are missing: title_tokens/],
  ["an input twice", (inputs) => [...inputs, inputs[0]], /"title_tokens" is given twice/],
  ["an unknown input", with_("year", { name: "age" }), /"age" is not one of the model's: title_/],
  ["an unknown datatype", with_("year", { datatype: "FP33" }), /inputs\[1\]\.datatype/],
  ["another datatype", with_("year", { datatype: "FP64" }), /"year" has datatype FP64; .* FP32/],
  [
    "another rank",
    with_("year", { shape: [6] }),
    /"year" has shape \[6\]; the model takes \[-1,1\]/,
  ],
  ["a wrong size", with_("year", { shape: [6, 2] }), /"year" has shape \[6,2\]/],
  [
    "another batch",
    with_("year", { shape: [5, 1], data: [1, 2, 3, 4, 5] }),
    /5 of "batch".* has 6|6 of "batch".* has 5/,
  ],
  ["too few values", with_("year", { data: [1] }), /"year" has 1 values; .* takes 6/],
  ["no values", with_("year", { data: undefined }), /neither data nor binary_data_size/],
  ["text", with_("year", { data: [1, 2, 3, 4, 5, "6"] }), /"year" holds "6" at place 5/],
  ["null", with_("year", { data: [1, 2, 3, 4, 5, null] }), /holds null at place 5/],
  ["beyond a float", with_("year", { data: [1, 2, 3, 4, 5, 1e300] }), /holds 1e\+300/],
  [
    "a byte too large",
    (inputs) => with_("poster", { data: inputs[2]!.data.with(7, 256) })(inputs),
    /"poster" holds 256 at place 7, which is not a valid UINT8/,
  ],
  [
    "a word that is not in the table",
    (inputs) => with_("title_tokens", { data: inputs[0]!.data.with(2, 9999) })(inputs),
    /"title_tokens" holds 9999 at place 2, which is outside 0 to/,
  ],
  [
    "a user before the first",
    (inputs) => with_("rating_users", { data: inputs[4]!.data.with(0, -1) })(inputs),
    /"rating_users" holds -1 at place 0/,
  ],
  ["shared memory", with_("year", { parameters: { shared_memory_region: "r" } }), /shared memory/],
  [
    "a batch too large",
    (inputs) =>
      inputs.map(({ shape, data, ...input }) => ({
        ...input,
        shape: [60, ...shape.slice(1)],
        data: new Array(10).fill(data).flat(),
      })),
    /60 rows; at most 16/,
  ],
];
for (const [what, change, message] of INVALID) {
  test(`refused in the protocol's form: ${what}`, async () => {
    const { status, json } = await post(url, { inputs: change(jsonInputs()) });
    assert.equal(status, 400);
    assert.deepEqual(Object.keys(json), ["error"]);
    assert.match(json.error, message);
  });
}

test("refused: unknown and repeated outputs, and unsupported extensions", async () => {
  const inputs = jsonInputs();
  for (const [outputs, message] of [
    [[{ name: "logits" }], /"logits" is not one of the model's: probabilities/],
    [[{ name: "probabilities", parameters: { classification: 3 } }], /classification/],
    [
      [{ name: "probabilities" }, { name: "probabilities" }],
      /^output "probabilities" is asked for twice$/,
    ],
  ] as const) {
    const { status, json } = await post(url, { inputs, outputs });
    assert.equal(status, 400);
    assert.match(json.error, message);
  }
});

test("300 damaged binary bodies: an error in the protocol's form, never a 5xx", async () => {
  const { body, length } = binaryBody();
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.record({
          body: fc.integer({ min: 0, max: body.length - 1 }).map((end) => body.subarray(0, end)),
          length: fc.constant(String(length)),
        }),
        fc.record({
          body: fc.constant(body),
          length: fc.oneof(fc.integer().map(String), fc.constantFrom("x", "1e9", "-1", "NaN")),
        }),
        fc.record({
          // Bytes of floats and of table rows turned to others.
          body: fc
            .tuple(fc.integer({ min: 0, max: body.length - 1 }), fc.integer({ min: 1, max: 255 }))
            .map(([at, bits]) =>
              Buffer.from(body.map((byte, i) => (i === at ? byte ^ bits : byte))),
            ),
          length: fc.constant(String(length)),
        }),
      ),
      async (damaged) => {
        const response = await fetch(url, {
          method: "POST",
          body: new Uint8Array(damaged.body),
          headers: { "inference-header-content-length": damaged.length },
        });
        const json = (await response.json()) as Record<string, unknown>;
        if (response.status === 200) return;
        assert.equal(response.status, 400, JSON.stringify(json));
        assert.deepEqual(Object.keys(json), ["error"]);
      },
    ),
    { numRuns: 300, seed: 1 },
  );
  const whole = await post(url, { inputs: jsonInputs() });
  assertClose(whole.json.outputs[0].data, "probabilities");
});

test("NVIDIA's client, with JSON and binary tensors", {
  skip: without("tritonClient"),
}, async () => {
  const path = join(lab.root, "feeds.json");
  const plain = Object.entries(feeds).map(([name, { dims, data }]) => [
    name,
    { dims, data: Array.from(data) },
  ]);
  await writeFile(path, JSON.stringify(Object.fromEntries(plain)));
  const { host } = new URL(server.url);
  const script = "test/serve/oip/tritonClient.py";
  const { stdout } = await promisify(execFile)(PYTHON, [script, host, "tiny", path]);
  const answers = JSON.parse(stdout) as Record<string, number[]>;
  for (const name of Object.keys(expected)) {
    assertClose(answers[`${name}-json`]!, name);
    assertClose(answers[`${name}-binary`]!, name);
  }
});
