/** Bodies with parts that cannot be read, or with nothing in them, on a real server: the problem names the field. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createLab, type Lab, post } from "../server.ts";

let lab: Lab;
let url: string;
before(async () => {
  lab = await createLab();
  url = `${(await lab.serve()).url}/v1/predict`;
});
after(() => lab.close());

/** "café" in Latin-1, whose last byte is no character of UTF-8. */
const LATIN1 = Buffer.from("café", "latin1");
const EMPTY = Buffer.alloc(0);

interface Part {
  readonly name: string;
  readonly content: Uint8Array | string;
  /** Name of a file; an empty one is what pages send where none was chosen. */
  readonly file?: string;
  readonly charset?: string;
}

/** A form as its bytes: clients' libraries write UTF-8 only. */
function form(parts: readonly Part[]): Buffer {
  const bytes = parts.flatMap(({ name, content, file, charset }) => [
    `--x\r\nContent-Disposition: form-data; name="${name}"`,
    file === undefined ? "" : `; filename="${file}"`,
    charset === undefined ? "" : `\r\nContent-Type: text/plain; charset=${charset}`,
    file === undefined ? "" : "\r\nContent-Type: application/octet-stream",
    "\r\n\r\n",
    content,
    "\r\n",
  ]);
  return Buffer.concat([...bytes, "--x--\r\n"].map((each) => Buffer.from(each as string)));
}

async function send(type: string, body: Uint8Array) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": type },
    body: Uint8Array.from(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into field by field
  return { status: response.status, json: (await response.json()) as any };
}
const sendForm = (parts: readonly Part[]) => send("multipart/form-data; boundary=x", form(parts));

const after4 = /^is not UTF-8 after "caf"; save it as UTF-8$/;
const emptyFile = /^is an empty file; leave the field out if there is none$/;
const nothing = /^is empty; give at least one of title, year, poster and ratings$/;
const inBrackets = /^is sent with keys in brackets; send a text$/;
const title = { name: "title", content: "War" };

const FORMS: [what: string, parts: Part[], field: string, detail: RegExp][] = [
  ["Latin-1 in a text", [{ name: "title", content: LATIN1 }], "title", after4],
  [
    "Latin-1 at a text's beginning",
    [{ name: "title", content: LATIN1.subarray(3) }],
    "title",
    /^is not UTF-8 at its beginning/,
  ],
  [
    "Latin-1 in a text that is called UTF-8",
    [{ name: "title", content: LATIN1, charset: "utf-8" }],
    "title",
    after4,
  ],
  [
    "a charset that is not known",
    [{ name: "title", content: LATIN1, charset: "utf-7" }],
    "title",
    /^is in an unknown charset; send it as UTF-8$/,
  ],
  [
    "Latin-1 in the JSON of a list",
    [
      {
        name: "movies",
        content: Buffer.concat([Buffer.from('[{"title":"'), LATIN1, Buffer.from('"}]')]),
      },
    ],
    "movies",
    /^is not UTF-8 after "\[\{\\"title\\":\\"caf"/,
  ],
  [
    "an empty file",
    [title, { name: "poster", content: EMPTY, file: "a.jpg" }],
    "poster",
    emptyFile,
  ],
  [
    "an empty file of a list",
    [
      { name: "movies", content: '[{"title":"a"},{"title":"b"}]' },
      { name: "posters[1]", content: EMPTY, file: "a.jpg" },
    ],
    "posters[1]",
    emptyFile,
  ],
  [
    "nothing but empty fields",
    [
      { name: "title", content: "" },
      { name: "year", content: " " },
      { name: "poster", content: "" },
    ],
    "body",
    nothing,
  ],
  [
    "an empty field that is not known",
    [title, { name: "titel", content: "" }],
    "titel",
    /^is not a field here$/,
  ],
  ["a key in brackets", [{ name: "title[x]", content: "War" }], "title", inBrackets],
  ["a key beside a text", [title, { name: "title[x]", content: "War" }], "title", inBrackets],
  [
    "a key beside numbers",
    ["movies[0]", "movies[x]"].map((name) => ({ name, content: "[]" })),
    "movies",
    inBrackets,
  ],
  ["a key of an unknown field", [title, { name: "x[y]", content: "1" }], "x", inBrackets],
];
for (const [what, parts, field, detail] of FORMS) {
  test(`a form with ${what} is refused, and ${field} named`, async () => {
    const { status, json } = await sendForm(parts);
    assert.equal(status, 422, JSON.stringify(json));
    assert.equal(json.errors[0].field, field);
    assert.match(json.errors[0].detail, detail);
  });
}

test("fields that a page sends though they were left empty are none", async () => {
  const { json: expected } = await post(url, { title: "War" });
  const { status, json } = await sendForm([
    title,
    { name: "year", content: "" },
    { name: "ratings", content: " " },
    { name: "topK", content: "" },
    { name: "poster", content: EMPTY, file: "" },
  ]);
  assert.equal(status, 200, JSON.stringify(json));
  assert.deepEqual(json, expected);
});

const BODIES: [what: string, type: string, body: Buffer, detail: RegExp][] = [
  [
    "Latin-1",
    "application/json",
    Buffer.concat([Buffer.from('{"title":"'), LATIN1, Buffer.from('"}')]),
    /^it is not UTF-8 after ".*caf"; save it as UTF-8$/,
  ],
  [
    "half a character at its end",
    "application/json",
    Buffer.from('{"title":"é"}').subarray(0, 11),
    /^it is not UTF-8 after/,
  ],
  [
    "half a character in UTF-16",
    "application/json; charset=utf-16le",
    Buffer.from('{"title":"\ud83d"}', "utf16le"),
    /^is not UTF-16LE$/,
  ],
];
for (const [what, type, body, detail] of BODIES) {
  test(`JSON with ${what} is refused`, async () => {
    const { status, json } = await send(type, body);
    assert.equal(status, 400, JSON.stringify(json));
    assert.equal(json.type, "urn:marquee:problem:bad-request");
    assert.match(json.errors[0].detail, detail);
  });
}

test("UTF-8 that is right is read in full: emojis, U+FFFD itself, UTF-16", async () => {
  for (const text of ["War 🎬", "War \uFFFD", "戦争"]) {
    const { json: expected } = await post(url, { title: text });
    const utf16 = Buffer.from(JSON.stringify({ title: text }), "utf16le");
    const { status, json } = await send("application/json; charset=utf-16le", utf16);
    assert.equal(status, 200);
    assert.deepEqual(json.scores, expected.scores);
  }
});

const BLANKS = ["", "   ", "\t\n", "...", "\u200b", "\u00a0", "—"];
test("a text without letters and digits is as none: beside a year it changes nothing, alone it is refused", async () => {
  const { json: expected } = await post(url, { year: 1999, explain: true });
  for (const blank of BLANKS) {
    const { json } = await post(url, { title: blank, year: 1999, explain: true });
    assert.deepEqual(json, expected, JSON.stringify(blank));
    const alone = await post(url, { title: blank });
    assert.equal(alone.status, 422, JSON.stringify(blank));
    assert.match(alone.json.errors[0].detail, nothing);
  }
  // A title may be a year, which is found in it.
  assert.equal((await post(url, { title: "(1999)" })).status, 200);
});
