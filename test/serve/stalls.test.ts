/**
 * What no request may do to others: the event loop parses little, whatever is sent, and large bodies get the answers that
 * small ones get.
 */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import sharp from "sharp";
import type { Server } from "../../serve/server.ts";
import { createLab, createLabOf, type Lab, post } from "./server.ts";
import { publishTable } from "./tableBundle.ts";

let lab: Lab;
let tables: Lab;
let server: Server;
let table: string;
let predict: string;
let infer: string;
before(async () => {
  lab = await createLab();
  tables = await createLabOf((path) =>
    publishTable(path, { type: "number", name: "Stars", min: -5, max: 5 }),
  );
  server = await lab.serve();
  table = `${(await tables.serve()).url}/v1/predict`;
  predict = `${server.url}/v1/predict`;
  infer = `${server.url}/v2/models/tiny/infer`;
});
after(() => Promise.all([lab.close(), tables.close()]));

/** The longest text that this thread, the server's and the client's, parses while `work` runs. */
async function longestParsed<Result>(work: () => Promise<Result>) {
  const { parse } = JSON;
  let longest = 0;
  JSON.parse = (text: string, ...more) => {
    longest = Math.max(longest, String(text).length);
    return parse(text, ...more);
  };
  try {
    const result = await work();
    return { longest, result };
  } finally {
    JSON.parse = parse;
  }
}

/** Blanks that make a body too long for the event loop, and change nothing else. */
const PADDING = " ".repeat(300_000);
const repeat = (unit: string, bytes: number) =>
  unit.repeat(Math.floor(bytes / unit.length)).replace(/,$/, "");
const gzipped = { "content-encoding": "gzip" };

async function send(url: string, body: string | Buffer, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: new Uint8Array(Buffer.from(body)),
  });
  const text = await response.text();
  return { status: response.status, text };
}

const YEAR = '"name":"year","datatype":"FP32","shape":[1,1]';
const REFUSED: [
  what: string,
  url: () => string,
  body: () => string,
  status: number,
  message: RegExp,
][] = [
  [
    "ten million objects",
    () => predict,
    () => `[${repeat("{},", 30e6)}]`,
    413,
    /more than 326400 objects/,
  ],
  [
    "ten million lists",
    () => predict,
    () => `[${repeat("[],", 30e6)}]`,
    413,
    /more than 1984000 values/,
  ],
  [
    "an object of 100,000 unknown fields",
    () => predict,
    () => `{${Array.from({ length: 1e5 }, (_, i) => `"${i}":1`).join()}}`,
    413,
    /an object of more than 1000 fields/,
  ],
  ["lists 100,000 deep", () => predict, () => "[".repeat(1e5), 413, /nested more than 32 deep/],
  [
    "a title 5,000 deep",
    () => predict,
    () => `{"title":${'{"a":'.repeat(5000)}1${"}".repeat(5000)}}`,
    413,
    /nested more than 32 deep/,
  ],
  [
    "64 movies with 100 bad ratings each",
    () => predict,
    () => `[${repeat(`{"ratings":[${repeat('{"user":"u","stars":9},', 100 * 23)}]},`, 64 * 2314)}]`,
    422,
    /movies\[0\]\.ratings\[0\]\.stars: 9 is outside 1 to 5/,
  ],
  [
    "65 movies",
    () => predict,
    () => `[${repeat('{"ratings":[{}]},', 65 * 17)}]`,
    422,
    /"detail":"movies: has more than 64 items"/,
  ],
  [
    "101 ratings",
    () => predict,
    () => `{"ratings":[${repeat("{},", 101 * 3)}]}`,
    422,
    /ratings: has more than 100 items/,
  ],
  [
    "a megabyte of blanks as base64",
    () => predict,
    () => `{"poster":"${" ".repeat(1e6)}!"}`,
    422,
    /poster: is not base64/,
  ],
  [
    "a megabyte that is no JSON",
    () => predict,
    () => `{"title":"${"x".repeat(1e6)}`,
    400,
    /Unterminated string/,
  ],
  [
    "a megabyte that is neither list nor object",
    () => predict,
    () => `"${"x".repeat(1e6)}"`,
    400,
    /must be a list or an object/,
  ],
  [
    "a tensor 5,000 deep",
    () => infer,
    () => tensor("[".repeat(5000) + "]".repeat(5000)),
    413,
    /nested more than 32 deep/,
  ],
  [
    "a tensor 20 deep",
    () => infer,
    () => tensor("[".repeat(20) + "]".repeat(20)),
    400,
    /year\\" holds a list at place 0/,
  ],
  [
    "a tensor of 15 million numbers",
    () => infer,
    () => tensor(repeat("1,", 30e6)),
    413,
    /more than \d+ values/,
  ],
  [
    "a tensor of a million numbers",
    () => infer,
    () => tensor(repeat("1,", 2e6)),
    400,
    /has 1000000 values; its shape \[1,1\] takes 1"/,
  ],
  [
    "a tensor of 2,000 objects",
    () => infer,
    () => tensor(repeat("{},", 6000)),
    413,
    /more than 1000 objects/,
  ],
  [
    "a shape of a million sizes",
    () => infer,
    () => `{"inputs":[{"name":"year","datatype":"FP32","shape":[${repeat("1,", 2e5)}],"data":[]}]}`,
    400,
    /inputs\[0\]\.shape/,
  ],
  [
    "a size that no memory holds",
    () => infer,
    () =>
      '{"inputs":[{"name":"rating_users","datatype":"INT32","shape":[1,9007199254740991],"data":[1]}]}',
    400,
    /rating_users\\" has 9007199254740991 of \\"ratings\\"; at most 5000 are accepted/,
  ],
  [
    "a tensor with 100,000 parameters",
    () => infer,
    () =>
      `{"inputs":[{${YEAR},"data":[1],"parameters":{${Array.from({ length: 1e5 }, (_, i) => `"${i}":1`).join()}}}]}`,
    413,
    /more than 1000 fields/,
  ],
  [
    "a sequence 5,000 deep",
    () => table,
    () => `{"walk":${"[".repeat(5000)}${"]".repeat(5000)}}`,
    413,
    /nested more than 32 deep/,
  ],
  [
    "100,000 values of a category",
    () => table,
    () => `{"tags":[${repeat('"red",', 6e5)}]}`,
    422,
    /tags: has more than 1000 values/,
  ],
  [
    "a sequence of a million texts",
    () => table,
    () => `{"walk":[${repeat('"",', 3e6)}]}`,
    422,
    /walk: is not a step/,
  ],
];
function tensor(data: string): string {
  return `{"inputs":[{${YEAR},"data":[${data}]}]}`;
}

for (const [what, url, body, status, message] of REFUSED) {
  test(`refused, and hardly parsed on the event loop: ${what}`, async () => {
    const text = body();
    const { longest, result } = await longestParsed(() => send(url(), text));
    assert.equal(result.status, status, result.text.slice(0, 300));
    assert.match(result.text, message);
    assert.ok(longest <= 1 << 18, `${longest} characters were parsed`);
  });
}

test("an answer repeats little of what was sent", async () => {
  const name = "n".repeat(1e6);
  const { text, status } = await send(infer, tensor("1").replace("year", name));
  assert.equal(status, 400);
  assert.match(text, /^\{"error":"input \\"nnn/);
  assert.ok(text.length < 20_000);
});

test("a body that unpacks to a thousand times its size is refused before it is parsed", async () => {
  const body = gzipSync(`[${repeat("{},", 30e6)}]`, { level: 9 });
  assert.ok(body.length < 40_000);
  const { longest, result } = await longestParsed(() => send(predict, body, gzipped));
  assert.equal(result.status, 413);
  assert.match(result.text, /compressed more than 100:1/);
  assert.ok(longest < 1000);
});

async function sendForm(url: string, parts: Readonly<Record<string, string | Blob>>) {
  const form = new FormData();
  for (const [name, value] of Object.entries(parts)) form.append(name, value);
  const response = await fetch(url, { method: "POST", body: form });
  return { status: response.status, text: await response.text() };
}

test("forms: texts are checked as bodies are, and names make no structures", async () => {
  const cases: [
    url: string,
    parts: Record<string, string | Blob>,
    status: number,
    message: RegExp,
  ][] = [
    [predict, { movies: `[${repeat("{},", 8e6)}]` }, 413, /movies: has more than 326400 objects/],
    [predict, { ratings: "[".repeat(5000) }, 413, /ratings: is nested more than 32 deep/],
    [predict, { movies: `[${repeat(" ", 9e6)}]` }, 413, /Field value too long/],
    // A title is no JSON, whatever it begins with.
    [predict, { title: `${"[".repeat(499)}a` }, 200, /"scores"/],
    [predict, { title: "war", "x[9][9]": "1" }, 413, /x\[9\]\[9\]/],
    [table, { "tags[4000000000]": "red" }, 413, /tags\[4000000000\]/],
    [table, { "tags[60]": "red" }, 422, /tags: is neither a value/],
    [table, { tags: repeat("red|", 4e5) }, 422, /tags: has more than 1000 values/],
  ];
  for (const [url, parts, status, message] of cases) {
    const what = JSON.stringify(parts).slice(0, 60);
    const { longest, result } = await longestParsed(() => sendForm(url, parts));
    assert.equal(result.status, status, `${what}: ${result.text.slice(0, 300)}`);
    assert.match(result.text, message);
    assert.ok(longest <= 1 << 18, what);
  }
});

test("a form is refused when all of its parts together are too large", async () => {
  const part = new Blob([new Uint8Array(20_000_000)]);
  const { status, text } = await sendForm(predict, { "posters[0]": part, "posters[1]": part });
  assert.equal(status, 413);
  assert.match(text, /the body is too large/);
});

test("large bodies get the answers of small ones, from threads", async () => {
  const file = await sharp({ create: { width: 40, height: 60, channels: 3, background: "#843" } })
    .jpeg()
    .toBuffer();
  const movie = {
    title: "war cat é",
    year: 1999,
    poster: file.toString("base64"),
    ratings: Array.from({ length: 40 }, (_, i) => ({ user: `u${i}`, stars: 1 + (i % 5) })),
    topK: 2,
    explain: true,
  };
  const bodies = [movie, [movie, { title: "love" }, { ...movie, explain: false }]];
  for (const body of bodies) {
    const small = await post(predict, body);
    assert.equal(small.status, 200, small.text);
    const { longest, result } = await longestParsed(() =>
      send(predict, JSON.stringify(body) + PADDING),
    );
    assert.ok(longest < PADDING.length);
    assert.deepEqual(JSON.parse(result.text), small.json);
    // In UTF-16, and with a mark of the byte order.
    const wide = Buffer.from(`${JSON.stringify(body)}${PADDING}`, "utf16le");
    const utf16 = { "content-type": "application/json; charset=utf-16le" };
    assert.deepEqual(JSON.parse((await send(predict, wide, utf16)).text), small.json);
    const marked = `\ufeff${JSON.stringify(body)}`;
    for (const text of [marked, marked + PADDING]) {
      assert.deepEqual(JSON.parse((await send(predict, text)).text), small.json);
    }
  }
});

test("large forms, with files, get the answers of small ones", async () => {
  const file = await sharp({ create: { width: 40, height: 60, channels: 3, background: "#348" } })
    .png()
    .toBuffer();
  const poster = new Blob([new Uint8Array(file)]);
  const one = { title: "war", ratings: '[{"user":"u1","stars":5}]', poster };
  const several = { movies: '[{"title":"war"},{"year":1990}]', "posters[1]": poster };
  for (const [parts, field] of [
    [one, "ratings"],
    [several, "movies"],
  ] as const) {
    const small = await sendForm(predict, parts);
    assert.equal(small.status, 200, small.text);
    const text = (parts as Record<string, unknown>)[field];
    const large = await sendForm(predict, { ...parts, [field]: `${text}${PADDING}` });
    assert.deepEqual(JSON.parse(large.text), JSON.parse(small.text));
  }
});

test("large bodies are refused in the words of small ones", async () => {
  for (const body of [
    { title: 3, year: 1 },
    [{ title: "x" }, {}],
    [{ poster: "!" }],
    { a: 1, b: 2 },
    [{ ratings: [{ user: "u1", stars: 0 }, { stars: "x" }] }],
  ]) {
    const small = await post(predict, body);
    assert.equal(small.status, 422);
    const large = await post(predict, JSON.stringify(body) + PADDING);
    const { requestId: _, ...expected } = small.json;
    const { requestId: __, ...actual } = large.json;
    assert.deepEqual(actual, expected);
  }
});

test("as many ratings as a request may have are answered", async () => {
  const ratings = Array.from({ length: 100 }, (_, i) => ({ user: `u${i}`, stars: 1 + (i % 5) }));
  const { longest, result } = await longestParsed(() =>
    send(predict, JSON.stringify(new Array(64).fill({ ratings }))),
  );
  assert.equal(result.status, 200, result.text.slice(0, 300));
  assert.ok(longest < 1e5);
  const one = await post(predict, { ratings });
  const { predictions } = JSON.parse(result.text) as { predictions: unknown[] };
  assert.equal(predictions.length, 64);
  const { model: _, ...expected } = one.json;
  assert.deepEqual(predictions[63], expected);
});

test("after all of it: no 5xx, and an empty queue", async () => {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /^marquee_queue_depth 0$/m);
  assert.doesNotMatch(metrics, /status="5\d\d"/);
});
