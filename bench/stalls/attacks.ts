/** Requests that have stopped the server, or were made to. */

import { gzipSync } from "node:zlib";
import { type Body, FRAMES, type Recipe } from "./recipes.ts";

const recipe =
  (frame: Recipe["frame"], unit: string, bytes: number): (() => Body) =>
  () =>
    FRAMES[frame](unit.repeat(Math.floor(bytes / unit.length)).replace(/,$/, ""));

const ratingsOf64 =
  (rating: (i: number) => object): (() => Body) =>
  () => {
    const ratings = Array.from({ length: 5000 }, (_, i) => rating(i));
    const movie = JSON.stringify({ ratings });
    return FRAMES.list(Array.from({ length: 64 }, () => movie).join());
  };

const MB = 1_000_000;

/** Bytes that are written to a connection at once. */
export interface Packet {
  readonly packet: Buffer;
  /** Answers that they are worth. */
  readonly answers: number;
}

const packetOf = (request: string, answers: number) => (): Packet => ({
  packet: Buffer.from(request.repeat(answers)),
  answers,
});

/** One request, whose body comes in pieces of a byte: its wire form is six times as long. */
function inBytes(bytes: number): Packet {
  const head =
    "POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  return { packet: Buffer.from(`${head}${"1\r\n \r\n".repeat(bytes)}0\r\n\r\n`), answers: 1 };
}

/** By what they are called in docs/serving.md. */
export const ATTACKS: Readonly<Record<string, () => Body | Packet>> = {
  "ten million `{}`, 29 kB packed": () => {
    const { body, ...rest } = recipe("list", "{},", 30 * MB)();
    return { ...rest, body: gzipSync(body, { level: 9 }), packing: "gzip" };
  },
  "ten million `{}`": recipe("list", "{},", 30 * MB),
  "tensor of 15 million numbers": recipe("tensor", "1,", 30 * MB),
  "object of two million unknown fields": () =>
    FRAMES.unknownFields(new Array(2 * MB).fill("1").join()),
  "64 movies with 5,000 bad ratings each": ratingsOf64(() => ({ user: "u", stars: 9 })),
  "64 movies with 5,000 good ratings each": ratingsOf64((i) => ({ user: String(i), stars: 3 })),
  "tensor nested 5,000 deep": () => FRAMES.tensor(`${"[".repeat(5000)}${"]".repeat(5000)}`),
  "poster of 64 kB of blanks, then `!`": recipe("badPoster", " ", 64_000),
  "poster of 31 MB": recipe("poster", "AAAA", 31 * MB),
  "64 posters of 480 kB": recipe("postersOf64", "AAAA", 31 * MB),
  "form with 31 MB of movies": recipe("formMovies", "{},", 31 * MB),
  "tensor's name of 31 MB": recipe("tensorName", "a", 31 * MB),
  "two million parameters of a tensor": () => FRAMES.parameters(new Array(2 * MB).fill("1").join()),
  "31 MB of binary tensors that belong to no input": recipe("binary", "a", 31 * MB),
  "64 movies with 31 MB of ratings, as BYTES": recipe(
    "rawRatings",
    '{"user":"u","stars":9},',
    31 * MB,
  ),
  "64 titles of 480 kB, as BYTES": recipe("rawTitles", "a b ", 31 * MB),
  "64 posters of 480 kB, as BYTES": recipe("rawPosters", "AAAA", 31 * MB),
  "300,000 lines of `{}`": recipe("lines", "{},", 0.9 * MB),
  "a line of 31 MB": recipe("line", "a b ", 31 * MB),
  "31 MB of blank lines": recipe("lines", "\n", 31 * MB),
  "5 MB in pieces of a byte": () => inBytes(5 * MB),
  "1,800 requests for /metrics in one packet": packetOf(
    "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
    1800,
  ),
};
