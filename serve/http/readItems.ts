/** A request's body, JSON or a form with files -> movies with their posters still as files. */

import type { Request, RequestHandler } from "express";
import express from "express";
import multer from "multer";
import { InputError } from "../../predictor/errors.ts";
import { HttpError } from "../core/problems.ts";
import { invalidBySchema } from "../core/validation.ts";
import { type MovieBesideFile, NOTHING_GIVEN, type RequestSchemas } from "./schema.ts";

/** A movie with the options of its answer. */
export interface MovieRequest extends MovieBesideFile {
  /** The image file. */
  readonly file?: Uint8Array;
}

export interface PredictRequest {
  readonly movies: readonly MovieRequest[];
  /** Whether the answer is a list, even of one. */
  readonly many: boolean;
}

/** The middleware that reads the body, at most `maxBytes` of it. */
export function bodyReaders(maxBytes: number, maxMovies: number): RequestHandler[] {
  return [
    express.json({ limit: maxBytes, type: ["application/json", "application/*+json"] }),
    multer({
      storage: multer.memoryStorage(),
      limits: {
        fileSize: maxBytes,
        fieldSize: maxBytes,
        files: maxMovies,
        fields: 16,
        parts: maxMovies + 16,
      },
    }).any() as unknown as RequestHandler,
  ];
}

/** @throws HttpError or InputError naming the field that is wrong. */
export function readMovies(request: Request, schemas: RequestSchemas): PredictRequest {
  if (request.is("multipart/form-data")) return readForm(request, schemas);
  if (request.is("application/json") || request.is("application/*+json")) {
    return readJson(request.body, schemas);
  }
  throw new HttpError(
    "content-type",
    "body: send application/json or multipart/form-data, with a body",
    { issues: [{ field: "body", detail: "is neither application/json nor multipart/form-data" }] },
  );
}

function readJson(body: unknown, schemas: RequestSchemas): PredictRequest {
  const many = Array.isArray(body);
  const result = many ? schemas.movies.safeParse(body) : schemas.movie.safeParse(body);
  if (!result.success) throw invalidBySchema(result.error, many ? "movies" : "");
  const movies = Array.isArray(result.data) ? result.data : [result.data];
  return {
    many,
    movies: movies.map(({ poster, ...movie }, i) =>
      poster === undefined
        ? movie
        : { ...movie, file: decodeBase64(poster, many ? `movies[${i}].poster` : "poster") },
    ),
  };
}

const DATA_URL = /^data:[\w.+/-]*(?:;[\w-]+=[\w.-]+)*;base64,/i;

function decodeBase64(text: string, field: string): Uint8Array {
  // The format is read from the bytes; the media type is ignored.
  const start = DATA_URL.exec(text.slice(0, 200))?.[0].length ?? 0;
  if (start === 0 && text.startsWith("data:")) {
    throw new InputError(field, 'is a data URL without ";base64,"');
  }
  const encoded = start === 0 ? text : text.slice(start);
  if (!/^[A-Za-z0-9+/_\-\s]*={0,2}\s*$/.test(encoded)) {
    throw new InputError(field, "is not base64");
  }
  const bytes = Buffer.from(encoded, "base64");
  if (bytes.length === 0) throw new InputError(field, "is an empty file");
  return bytes;
}

/** Form fields that are written as JSON. */
const JSON_FIELDS = ["year", "ratings", "topK", "threshold", "explain"];

function readForm(request: Request, schemas: RequestSchemas): PredictRequest {
  const fields = Object.entries(request.body as Record<string, unknown>);
  const files = request.files as Express.Multer.File[];
  const list = fields.find(([name]) => name === "movies");
  if (list || files.some(({ fieldname }) => fieldname.startsWith("posters"))) {
    return readFormList(fields, files, schemas);
  }
  const [file, second] = files;
  if (second) {
    throw new InputError(
      second.fieldname,
      'is a second file; for several movies, send a field "movies" and files "posters[0]", ...',
    );
  }
  if (file && file.fieldname !== "poster") {
    throw new InputError(file.fieldname, 'is not a file of this form; name it "poster"');
  }
  const movie = Object.fromEntries(
    fields.map(([name, value]) => [
      name,
      JSON_FIELDS.includes(name) ? parseJsonField(name, value) : value,
    ]),
  );
  if (!file) return { ...readJson(withoutPoster(movie), schemas), many: false };
  const result = schemas.movieBesideFile.safeParse(movie);
  if (!result.success) throw invalidBySchema(result.error, "");
  return { many: false, movies: [{ ...result.data, file: file.buffer }] };
}

/** Text under the poster's name is refused with a message of its own: the poster of a form is a file. */
function withoutPoster(movie: Record<string, unknown>): Record<string, unknown> {
  if ("poster" in movie) throw new InputError("poster", "is text; send it as a file of the form");
  return movie;
}

function readFormList(
  fields: readonly [string, unknown][],
  files: readonly Express.Multer.File[],
  schemas: RequestSchemas,
): PredictRequest {
  const other = fields.find(([name]) => name !== "movies")?.[0];
  if (other !== undefined) {
    throw new InputError(other, 'is not a field beside "movies"; put it into the movies');
  }
  const text = fields[0]?.[1];
  if (text === undefined) throw new InputError("movies", "is missing beside the posters");
  const result = schemas.moviesBesideFiles.safeParse(parseJsonField("movies", text));
  if (!result.success) throw invalidBySchema(result.error, "movies");
  const movies: MovieRequest[] = [...result.data];
  for (const { fieldname, buffer } of files) {
    const index = Number(/^posters\[(\d{1,6})\]$/.exec(fieldname)?.[1] ?? Number.NaN);
    const movie = movies[index];
    if (!movie) {
      throw new InputError(
        fieldname,
        `belongs to no movie; the files of ${movies.length} movies are named posters[0] to posters[${movies.length - 1}]`,
      );
    }
    if (movie.file) throw new InputError(fieldname, "is given twice");
    movies[index] = { ...movie, file: buffer };
  }
  for (const [i, movie] of movies.entries()) {
    const { title, year, ratings, file } = movie;
    if (title === undefined && year === undefined && !ratings?.length && !file) {
      throw new InputError(`movies[${i}]`, NOTHING_GIVEN);
    }
  }
  return { many: true, movies };
}

function parseJsonField(name: string, value: unknown): unknown {
  if (typeof value !== "string") throw new InputError(name, "is given twice");
  try {
    return JSON.parse(value);
  } catch (error) {
    throw new InputError(name, `is not JSON (${(error as Error).message})`);
  }
}
