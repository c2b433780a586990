/** An invented data set in the course's layout, of any size: the embedded sample's movies, users and posters by the thousand. */

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

export interface Size {
  readonly movies: number;
  readonly users: number;
  readonly ratings: number;
  /** Pictures that are drawn; every movie's file has one of them, and bytes of its own. */
  readonly pictures: number;
}

/** Ten times MovieLens 1M's ratings and users. */
export const TENFOLD: Size = {
  movies: 10_000,
  users: 70_000,
  ratings: 10_000_000,
  pictures: 1000,
};

/** Most of the movies that one user has rated. */
const MOST_SEEN = 0.6;
/** Bytes collected before they are written. */
const CHUNK = 1 << 20;
const LONGEST_ROW = 64;

/** Writes the data set into the folder `dir`, which is made. Equal arguments give equal bytes. */
export async function generate(dir: string, size: Size, seed = 1): Promise<void> {
  const random = createRandom(seed).fork("scale");
  const movies = inventMovies(random.fork("movies"), size.movies);
  const users = simulateUsers(random.fork("raters"), size.users);
  const images = join(dir, "ml1m-images");
  await mkdir(images, { recursive: true });
  await drawPosters(images, random.fork("posters"), movies, size.pictures);
  const table = (name: string, rows: readonly string[]) =>
    writeFileSynced(join(dir, name), rows.map((row) => `${row}\n`).join(""));
  const of = (split: InventedMovie["split"]) =>
    movies
      .filter((movie) => movie.split === split)
      .map(
        ({ id, title, genres }) => `${id}::${title}::${genres.map(({ name }) => name).join("|")}`,
      );
  await table(
    "genres.txt",
    GENRES.map(({ name }) => name),
  );
  await table("movies_test.dat", of("test"));
  await table(
    "users.dat",
    users.map(({ id, gender, age, occupation, zip }) =>
      [id, gender, age, occupation, zip].join("::"),
    ),
  );
  writeRatings(join(dir, "ratings.dat"), random.fork("ratings"), movies, users, size.ratings);
  // Last: a folder with this table is a whole one.
  await table("movies_train.dat", of("train"));
}

async function drawPosters(
  dir: string,
  random: Random,
  movies: readonly InventedMovie[],
  pictures: number,
): Promise<void> {
  const drawn: Buffer[] = [];
  for (const [i, { id, genres }] of movies.entries()) {
    const at = i % pictures;
    drawn[at] ??= await drawPoster(random.fork(`${at}`), genres, "plain");
    await writeFile(join(dir, `${id}.jpg`), withComment(drawn[at], `${id}`));
  }
}

/** The JPEG with a comment of its own, so that no two files are the same. */
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
  const most = Math.floor(MOST_SEEN * movies.length);
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
      // No timestamps: nothing reads them.
      length += chunk.write(`${users[user]!.id}::${movies[movie]!.id}::${stars}::0\n`, length);
    });
    writeSync(file, chunk, 0, length);
  } finally {
    closeSync(file);
  }
}
