/** Generates synthetic data sets of any size in the course's layout, by the generators of the embedded sample. */

import { closeSync, openSync, writeSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileSynced } from "../../node/files.ts";
import { createRandom, type Random } from "../../pipeline/common/random.ts";
import { GENRES } from "../../pipeline/dataset/sample/genres.ts";
import { type InventedMovie, inventMovies } from "../../pipeline/dataset/sample/movies.ts";
import { drawPoster } from "../../pipeline/dataset/sample/poster.ts";
import { type SimulatedUser, simulateUsers } from "../../pipeline/dataset/sample/users.ts";
import { drawRatings, ratingCounts } from "./ratings.ts";

export interface DatasetSize {
  readonly movies: number;
  readonly users: number;
  readonly ratings: number;
  /** Number of different pictures; 0: no posters. Movies share them, but no two poster files are equal. */
  readonly pictures: number;
}

/** Sizes by their ratings in millions: about MovieLens 1M, ten times that, and about MovieLens 32M, which has no posters. */
export const SIZES: Readonly<Record<string, DatasetSize>> = {
  "1": { movies: 3900, users: 6000, ratings: 1_000_000, pictures: 400 },
  "10": { movies: 10_000, users: 70_000, ratings: 10_000_000, pictures: 1000 },
  "32": { movies: 87_000, users: 200_000, ratings: 32_000_000, pictures: 0 },
};

/** Largest share of the movies that one user rates. */
const MAX_SEEN = 0.6;
/** Size of the write buffer, in bytes. */
const CHUNK = 1 << 20;
/** Upper bound of a row of ratings.dat, in bytes. */
const LONGEST_ROW = 64;

/** Writes a data set into the folder `dir`, which it creates. Equal arguments give equal bytes. */
export async function generate(dir: string, size: DatasetSize, seed = 1): Promise<void> {
  const random = createRandom(seed).fork("scale");
  const movies = inventMovies(random.fork("movies"), size.movies);
  const users = simulateUsers(random.fork("raters"), size.users);
  const images = join(dir, "ml1m-images");
  await mkdir(images, { recursive: true });
  await drawPosters(images, random.fork("posters"), movies, size.pictures);
  const table = (name: string, rows: readonly string[]) =>
    writeFileSynced(join(dir, name), rows.map((row) => `${row}\n`).join(""));
  const rowsOf = (split: InventedMovie["split"]) =>
    movies
      .filter((movie) => movie.split === split)
      .map(
        ({ id, title, genres }) => `${id}::${title}::${genres.map(({ name }) => name).join("|")}`,
      );
  await table(
    "genres.txt",
    GENRES.map(({ name }) => name),
  );
  await table("movies_test.dat", rowsOf("test"));
  await table(
    "users.dat",
    users.map(({ id, gender, age, occupation, zip }) =>
      [id, gender, age, occupation, zip].join("::"),
    ),
  );
  writeRatings(join(dir, "ratings.dat"), random.fork("ratings"), movies, users, size.ratings);
  // Written last: a folder with this table is complete.
  await table("movies_train.dat", rowsOf("train"));
}

async function drawPosters(
  dir: string,
  random: Random,
  movies: readonly InventedMovie[],
  pictures: number,
): Promise<void> {
  if (pictures === 0) return;
  const drawn: Buffer[] = [];
  for (const [i, { id, genres }] of movies.entries()) {
    const at = i % pictures;
    drawn[at] ??= await drawPoster(random.fork(`${at}`), genres, "plain");
    await writeFile(join(dir, `${id}.jpg`), withComment(drawn[at], `${id}`));
  }
}

/** The JPEG with a comment segment (`text` of at most 253 bytes), so that no two files are equal. */
function withComment(jpeg: Buffer, text: string): Buffer {
  const length = Buffer.from([0, text.length + 2]);
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe]), length, Buffer.from(text)]);
  return Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]);
}

function writeRatings(
  path: string,
  random: Random,
  movies: readonly InventedMovie[],
  users: readonly SimulatedUser[],
  total: number,
): void {
  const genresOf = movies.map(({ genres }) => genres.map((genre) => GENRES.indexOf(genre)));
  const most = Math.floor(MAX_SEEN * movies.length);
  const counts = ratingCounts(random.fork("counts"), users.length, total, most);
  const file = openSync(path, "w");
  const chunk = Buffer.alloc(CHUNK);
  let length = 0;
  try {
    drawRatings(random.fork("draw"), users, genresOf, counts, (user, movie, stars) => {
      if (length > CHUNK - LONGEST_ROW) {
        writeSync(file, chunk, 0, length);
        length = 0;
      }
      // All timestamps are 0: nothing reads them.
      length += chunk.write(`${users[user]!.id}::${movies[movie]!.id}::${stars}::0\n`, length);
    });
    writeSync(file, chunk, 0, length);
  } finally {
    closeSync(file);
  }
}
