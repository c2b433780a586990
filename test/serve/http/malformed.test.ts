/** Malformed requests: an answer that names the wrong field, never a 5xx, a hang or a detail of the implementation. */

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import fc from "fast-check";
import sharp from "sharp";
import type { Server } from "../../../serve/server.ts";
import { createLab, type Lab, post } from "../server.ts";

let lab: Lab;
let server: Server;
let url: string;
before(async () => {
  lab = await createLab(["fp32"], ["F", "M"]);
  server = await lab.serve({ bodyMb: 2, maxMovies: 8, maxRatings: 50, posterMegapixels: 4 });
  url = `${server.url}/v1/predict`;
});
after(() => lab.close());

/** Paths and stack traces, which no answer may show. */
const INSIDES = /node_modules|\.ts\b|\.js:|\bat \w+ \(|\/(?:tmp|home|root|usr)\//;
function assertRefused(
  { status, headers, text, json }: Awaited<ReturnType<typeof post>>,
  what: string,
): void {
  assert.ok(status >= 400 && status < 500, `${status} to ${what}: ${text.slice(0, 300)}`);
  assert.match(headers.get("content-type") ?? "", /^application\/problem\+json/, what);
  assert.equal(json.status, status);
  assert.match(json.type, /^urn:marquee:problem:[a-z-]+$/);
  assert.doesNotMatch(text, INSIDES);
  assert.ok(json.errors?.length > 0, `no field named for ${what}: ${text}`);
  for (const { field, detail } of json.errors) {
    assert.ok(field.length > 0 && detail.length > 0, what);
  }
}

const RUNS = { numRuns: 400, seed: 1, endOnFailure: true } as const;

const valid = {
  title: fc.string({ maxLength: 40 }),
  year: fc.integer({ min: 1888, max: 2100 }),
  ratings: fc.uniqueArray(
    fc.record({ user: fc.string({ minLength: 1, maxLength: 8 }), stars: fc.constantFrom(1, 2, 5) }),
    { maxLength: 5, selector: ({ user }) => user },
  ),
  topK: fc.integer({ min: 1, max: 30 }),
  threshold: fc.double({ min: 0, max: 1, noNaN: true }),
  explain: fc.boolean(),
};
/** Invalid values of each field. */
const invalidValues: { [field in keyof typeof valid | "poster"]: fc.Arbitrary<unknown> } = {
  title: fc.oneof(
    fc.array(fc.string()),
    fc.dictionary(fc.string(), fc.integer()),
    fc.constant("x".repeat(1001)),
  ),
  year: fc.oneof(
    fc.integer({ max: 1887 }),
    fc.integer({ min: 2101 }),
    fc.constantFrom(1999.5, "1999.5", "0x7cf", "soon", [], [1999], true, 1e308),
  ),
  ratings: fc.oneof(
    fc.string(),
    fc.dictionary(fc.string(), fc.integer()),
    fc.array(fc.oneof(fc.integer(), fc.string(), fc.constant(null)), { minLength: 1 }),
    fc.constant([{ user: "u1", stars: 6 }]),
    fc.constant([{ user: "u1", stars: -1 }]),
    fc.constant([{ user: "u1" }]),
    fc.constant([{ user: ["u1"], stars: 3 }]),
    fc.constant([{ user: "", stars: 3 }]),
    fc.constant([{ gender: "X", stars: 3 }]),
    fc.constant([{ age: -1, stars: 3 }]),
    fc.constant([{ occupation: 1.5, stars: 3 }]),
    fc.constant([{ user: "u1", occupation: 7, stars: 3 }]),
    fc.constant([
      { user: "u1", stars: 3 },
      { user: "u1", stars: 4 },
    ]),
    fc.constant(Array.from({ length: 51 }, (_, i) => ({ user: `${i}`, stars: 3 }))),
  ),
  poster: fc.oneof(
    fc.integer(),
    fc.constant(""),
    fc.constant("data:image/png,abc"),
    fc.constant("data:image/png;base64,"),
    fc.constant("http://127.0.0.1/poster.jpg"),
    fc.constant("../../etc/passwd"),
    fc.uint8Array({ minLength: 1, maxLength: 200 }).map((b) => Buffer.from(b).toString("base64")),
    fc.string({ minLength: 1 }).map((text) => `!${text}`),
  ),
  topK: fc.oneof(fc.integer({ max: 0 }), fc.constantFrom(1.5, "3", null, 1e9)),
  threshold: fc.oneof(fc.double({ min: 1.01 }), fc.double({ max: -0.01 }), fc.constant("0.5")),
  explain: fc.oneof(fc.integer(), fc.constantFrom("true", null)),
};
type Field = keyof typeof invalidValues;

test("400 movies with one wrong field: the error names it", async () => {
  const invalid = fc
    .constantFrom(...(Object.keys(invalidValues) as Field[]))
    .chain((field) => fc.tuple(fc.constant(field), invalidValues[field]));
  await fc.assert(
    fc.asyncProperty(
      fc.record(valid),
      invalid,
      fc.boolean(),
      async (movie, [field, value], many) => {
        const wrong = { ...movie, [field]: value };
        const answer = await post(url, many ? [{ title: "y" }, wrong] : wrong);
        assertRefused(answer, JSON.stringify(wrong).slice(0, 300));
        const named = answer.json.errors[0].field as string;
        const expected = many ? `movies[1].${field}` : field;
        assert.ok(named.startsWith(expected), `${named} named instead of ${expected}`);
      },
    ),
    RUNS,
  );
});

test("400 bodies of arbitrary JSON: answered, or refused with the field's name", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.jsonValue({ maxDepth: 4 }),
        fc.array(fc.record(valid, { requiredKeys: [] }), { maxLength: 12 }),
        fc.dictionary(
          fc.oneof(
            fc.string(),
            fc.constantFrom("__proto__", "constructor", ...Object.keys(invalidValues)),
          ),
          fc.jsonValue(),
        ),
      ),
      async (value) => {
        const answer = await post(url, JSON.stringify(value));
        if (answer.status !== 200) assertRefused(answer, JSON.stringify(value).slice(0, 300));
      },
    ),
    RUNS,
  );
});

test("300 bodies that are not JSON, cut off, or of another type", async () => {
  const whole = JSON.stringify({ title: "Heat (1995)", ratings: [{ user: "u1", stars: 5 }] });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.integer({ min: 0, max: whole.length - 1 }).map((length) => whole.slice(0, length)),
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
      ),
      fc.constantFrom(
        "application/json",
        "application/json; charset=utf-7",
        "text/plain",
        "application/octet-stream",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "nonsense",
      ),
      async (body, type) => {
        const answer = await post(url, body, { "content-type": type });
        // A number or a word of digits is JSON, and refused as a movie.
        assertRefused(answer, `${type}: ${body}`);
      },
    ),
    { ...RUNS, numRuns: 300 },
  );
});

test("200 forms with wrong, missing or too many parts", async () => {
  const part = fc.oneof(
    fc.tuple(fc.constantFrom("title", "year", "ratings", "movies", "topK", "x"), fc.string()),
    fc.tuple(
      fc.constantFrom("poster", "posters[0]", "posters[9]", "posters[]", "file"),
      fc.uint8Array({ maxLength: 50 }),
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
      const form = new FormData();
      for (const [name, value] of parts) {
        form.append(name, typeof value === "string" ? value : new Blob([new Uint8Array(value)]));
      }
      const response = await fetch(url, { method: "POST", body: form });
      const text = await response.text();
      if (response.status === 200) return;
      const { status, headers } = response;
      assertRefused({ status, headers, text, json: JSON.parse(text) }, JSON.stringify(parts));
    }),
    { ...RUNS, numRuns: 200 },
  );
});

/** A PNG that says it has 30,000 x 30,000 pixels; header and checksum are right, and there is hardly any data. */
function bomb(): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(30_000, 0);
  header.writeUInt32BE(30_000, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", Buffer.from("789c63000000010001", "hex")),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}
function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

test("a corpus of broken images: the error names the poster, and the server stays up", async () => {
  const make = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: "#843" } });
  const jpeg = await make(200, 300).jpeg().toBuffer();
  const png = await make(200, 300).png().toBuffer();
  const webp = await make(200, 300).webp().toBuffer();
  const avif = await make(64, 64).avif().toBuffer();
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  const corpus: Record<string, Buffer> = {
    "zero bytes": Buffer.alloc(0),
    "one byte": Buffer.from([0xff]),
    "a page": Buffer.from("<!doctype html><script>alert(1)</script>"),
    "vector graphics": svg,
    "a document": Buffer.from("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>"),
    "an archive": Buffer.from("504b0304140000000800", "hex"),
    "30,000 x 30,000 PNG": bomb(),
    "6 megapixels of 4": await make(3000, 2000).png().toBuffer(),
    "bits of a PNG turned over": Buffer.from(png.map((byte, i) => (i > 60 ? byte ^ 0x55 : byte))),
    "a header alone": jpeg.subarray(0, 20),
    "AVIF cut": avif.subarray(0, avif.length - 30),
    "a TIFF": await make(20, 20).tiff().toBuffer(),
  };
  for (const [name, file] of Object.entries({ jpeg, png, webp })) {
    for (const share of [0.1, 0.5, 0.9]) {
      corpus[`${name} cut at ${share}`] = file.subarray(0, Math.floor(file.length * share));
    }
  }
  for (const [name, file] of Object.entries(corpus)) {
    const answer = await post(url, { poster: `data:image/jpeg;base64,${file.toString("base64")}` });
    assertRefused(answer, name);
    assert.equal(answer.json.errors[0].field, "poster", name);
  }
  // Other kinds than their names say, or with something behind them: images all the same.
  const frame = make(30, 40).png();
  const stills = [await frame.toBuffer(), await frame.negate().toBuffer()];
  const frames = await sharp(stills, { join: { animated: true } })
    .gif()
    .toBuffer();
  assert.equal((await sharp(frames).metadata()).pages, 2);
  for (const [name, file] of Object.entries({
    "animated GIF": frames,
    "JPEG and archive in one": Buffer.concat([jpeg, corpus["an archive"]!]),
    "PNG and script in one": Buffer.concat([png, corpus["a page"]!]),
  })) {
    const { status, text } = await post(url, {
      poster: `data:image/webp;base64,${file.toString("base64")}`,
    });
    assert.equal(status, 200, `${name}: ${text}`);
  }
});

test("bodies that are too large, too many movies, deep nesting and compression bombs", async () => {
  const { gzipSync } = await import("node:zlib");
  const big = await post(url, { title: "x", poster: "A".repeat(3_000_000) });
  assert.equal(big.status, 413);
  assertRefused(big, "3 MB");
  const many = await post(url, new Array(9).fill({ title: "x" }));
  assertRefused(many, "9 movies");
  assert.equal(many.json.errors[0].field, "movies");
  assertRefused(await post(url, []), "no movies");
  assertRefused(await post(url, "[".repeat(100_000)), "open brackets");
  assertRefused(await post(url, "[".repeat(99_999) + "]".repeat(99_999)), "a deep nest");
  const zipped = async (bytes: Buffer, encoding = "gzip") => {
    const response = await fetch(url, {
      method: "POST",
      body: new Uint8Array(bytes),
      headers: { "content-type": "application/json", "content-encoding": encoding },
    });
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, text, json: JSON.parse(text) };
  };
  const bombed = await zipped(gzipSync(Buffer.alloc(50_000_000, " ")));
  assert.equal(bombed.status, 413);
  assertRefused(await zipped(Buffer.from("no gzip")), "no gzip");
  assertRefused(await zipped(Buffer.from("{}"), "rot13"), "an encoding that there is not");
  const packed = await zipped(gzipSync(JSON.stringify({ title: "war" })));
  assert.equal(packed.status, 200);
});

test("malformed HTTP gets a 4xx or a closed connection, and other requests are answered", async () => {
  const { port, hostname } = new URL(server.url);
  for (const bytes of [
    "GARBAGE\r\n\r\n",
    "POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    "POST /v1/predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(70_000)}\r\n\r\n`,
    "GET /%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
  ]) {
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(Number(port), hostname, () => socket.write(bytes));
      socket.on("data", (data) => {
        text += data;
      });
      socket.on("error", () => resolve(text));
      socket.on("close", () => resolve(text));
    });
    assert.match(answer, /^(?:HTTP\/1\.1 4\d\d|$)/, bytes.slice(0, 40));
    assert.doesNotMatch(answer, INSIDES);
  }
  // A client that disconnects in the middle of a body.
  const socket = connect(Number(port), hostname);
  socket.write("POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n");
  socket.write('Content-Length: 100\r\n\r\n{"title":');
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.destroy();
  assert.equal((await post(url, { title: "war" })).status, 200);
});

test("unknown paths and wrong methods", async () => {
  const nowhere = await fetch(`${server.url}/../../etc/passwd`);
  assert.equal(nowhere.status, 404);
  const { type, detail } = (await nowhere.json()) as { type: string; detail: string };
  assert.equal(type, "urn:marquee:problem:not-found");
  assert.equal(detail, "no such endpoint: GET /etc/passwd; see /docs");
  const wrongMethod = await fetch(url);
  assert.equal(wrongMethod.status, 405);
  assert.equal(wrongMethod.headers.get("allow"), "POST, OPTIONS");
});

test("after all tests: live, ready, and an empty queue", async () => {
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /^marquee_queue_depth 0$/m);
  assert.doesNotMatch(metrics, /status="5\d\d"/);
});
