import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import {
  createFields,
  decodeText,
  parseDigits,
  readLines,
  splitFields,
} from "../../../pipeline/dataset/lines.ts";
import { folder } from "./folder.ts";

async function read(t: TestContext, content: string | Uint8Array) {
  const dir = await folder(t, { table: content });
  const lines: [number, string][] = [];
  const tooLong: number[] = [];
  const sha256 = await readLines(join(dir, "table"), {
    line: (bytes, start, end, line) => lines.push([line, bytes.toString("utf8", start, end)]),
    tooLong: (line) => tooLong.push(line),
  });
  return { lines, tooLong, sha256 };
}

describe("readLines", () => {
  it("accepts LF, CRLF, a byte order mark and a missing final newline, and skips blank lines", async (t) => {
    const { lines } = await read(t, "\uFEFFone\r\ntwo\n\n \t\r\nfive");
    assert.deepEqual(lines, [
      [1, "one"],
      [2, "two"],
      [5, "five"],
    ]);
  });

  it("joins lines across chunks and hashes the bytes", async (t) => {
    const rows = Array.from({ length: 150_000 }, (_, i) => `row ${i} é`); // over 1 MiB: several chunks
    const text = rows.join("\n");
    const { lines, sha256 } = await read(t, text);
    assert.equal(lines.length, rows.length);
    assert.ok(lines.every(([line, row]) => row === rows[line - 1]));
    assert.equal(sha256, createHash("sha256").update(text).digest("hex"));
  });

  it("skips lines over 64 KiB, including those over several chunks and at the end", async (t) => {
    const long = "x".repeat(3_000_000);
    const { lines, tooLong } = await read(t, `a\n${long}\nb\n${"y".repeat(70_000)}\nc\n${long}`);
    assert.deepEqual(lines, [
      [1, "a"],
      [3, "b"],
      [5, "c"],
    ]);
    assert.deepEqual(tooLong, [2, 4, 6]);
  });

  it("returns undefined if there is no file, and no lines from an empty one", async (t) => {
    const dir = await folder(t);
    const handler = { line: () => assert.fail(), tooLong: () => assert.fail() };
    assert.equal(await readLines(join(dir, "none"), handler), undefined);
    const { lines, sha256 } = await read(t, "");
    assert.deepEqual(lines, []);
    assert.equal(sha256, createHash("sha256").digest("hex"));
  });

  it("rejects UTF-16", async (t) => {
    await assert.rejects(
      read(t, Buffer.from("\uFEFF1::A::Drama", "utf16le")),
      /UTF-16.*save it as/,
    );
  });
});

describe("splitFields", () => {
  const split = (text: string, capacity = 4) => {
    const bytes = Buffer.from(`<${text}>`);
    const fields = createFields(capacity);
    splitFields(bytes, 1, bytes.length - 1, fields);
    const texts = Array.from({ length: Math.min(capacity, fields.count) }, (_, i) =>
      bytes.toString("utf8", fields.starts[i]!, fields.ends[i]!),
    );
    return { count: fields.count, texts };
  };

  it("splits at double colons, not at single ones", () => {
    assert.deepEqual(split("1::A: B::c"), { count: 3, texts: ["1", "A: B", "c"] });
    assert.deepEqual(split(""), { count: 1, texts: [""] });
    assert.deepEqual(split("::"), { count: 2, texts: ["", ""] });
    assert.deepEqual(split("a:::b"), { count: 2, texts: ["a", ":b"] });
  });

  it("counts fields beyond its capacity", () => {
    assert.deepEqual(split("a::b::c::d", 2), { count: 4, texts: ["a", "b"] });
  });
});

describe("parseDigits and decodeText", () => {
  it("accepts 1 to 9 digits and nothing else", () => {
    const parse = (text: string) => parseDigits(Buffer.from(text), 0, text.length);
    assert.deepEqual(["0", "007", "999999999"].map(parse), [0, 7, 999_999_999]);
    assert.deepEqual(["", "1234567890", "-1", "1.0", " 1", "1e3"].map(parse), Array(6).fill(-1));
  });

  it("decodes UTF-8, or Latin-1 if the bytes are not UTF-8", () => {
    const utf8 = Buffer.from(" Séance ", "utf8");
    const latin1 = Buffer.from(" Séance ", "latin1");
    assert.equal(decodeText(utf8, 0, utf8.length), "Séance");
    assert.equal(decodeText(latin1, 0, latin1.length), "Séance");
  });
});

describe("the error for a table that cannot be read", () => {
  it("names the file", async (t) => {
    const dir = await folder(t, { "users.dat/x": "-" });
    const handler = { line: () => assert.fail(), tooLong: () => assert.fail() };
    await assert.rejects(
      readLines(join(dir, "users.dat"), handler),
      /users\.dat is a folder, not a file$/,
    );
  });
});
