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

/** By what they are called in docs/serving.md. */
export const ATTACKS: Readonly<Record<string, () => Body>> = {
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
};
