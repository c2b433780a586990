/** Generates synthetic data sets of any size, by the generators of the embedded sample. */

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
/** Upper bound of a rating's row, in bytes. */
const LONGEST_ROW = 64;

/** What the tables of a data set are made of. */
interface Invented {
  readonly movies: readonly InventedMovie[];
  readonly users: readonly SimulatedUser[];
}

type WriteTable = (name: string, rows: readonly string[]) => Promise<void>;

/** One row per layout. */
interface DataLayout {
  /** Has posters, in this folder. */
  readonly images?: string;
  readonly ratings: { readonly file: string; readonly header: string; readonly separator: string };
  writeTables(invented: Invented, write: WriteTable): Promise<void>;
  /** Written last: a folder with this table is complete. */
  readonly last: { readonly file: string; rows(invented: Invented): string[] };
}

const genresOf = ({ genres }: InventedMovie) => genres.map(({ name }) => name).join("|");

const courseRows = ({ movies }: Invented, split: InventedMovie["split"]) =>
  movies
    .filter((movie) => movie.split === split)
    .map((movie) => [movie.id, movie.title, genresOf(movie)].join("::"));

/** The course's layout, and MovieLens' own, which has no posters, demographics or split. */
export const LAYOUTS = {
  course: {
    images: "ml1m-images",
    ratings: { file: "ratings.dat", header: "", separator: "::" },
    async writeTables(invented, write) {
      await write(
        "genres.txt",
        GENRES.map(({ name }) => name),
      );
      await write("movies_test.dat", courseRows(invented, "test"));
      await write(
        "users.dat",
        invented.users.map(({ id, gender, age, occupation, zip }) =>
          [id, gender, age, occupation, zip].join("::"),
        ),
      );
    },
    last: { file: "movies_train.dat", rows: (invented) => courseRows(invented, "train") },
  },
  movielens: {
    ratings: { file: "ratings.csv", header: "userId,movieId,rating,timestamp\n", separator: "," },
    async writeTables() {},
    last: {
      file: "movies.csv",
      rows: ({ movies }) => [
        "movieId,title,genres",
        ...movies.map((movie) => [movie.id, `"${movie.title}"`, genresOf(movie)].join()),
      ],
    },
  },
} satisfies Record<string, DataLayout>;

export type LayoutName = keyof typeof LAYOUTS;

export interface GenerateOptions {
  /** Default: 1. */
  readonly seed?: number;
  /** Default: the course's. */
  readonly layout?: LayoutName;
}

/** Writes a data set into the folder `dir`, which it creates. Equal arguments give equal bytes. */
export async function generate(
  dir: string,
  size: DatasetSize,
  { seed = 1, layout: name = "course" }: GenerateOptions = {},
): Promise<void> {
  const layout: DataLayout = LAYOUTS[name];
  const random = createRandom(seed).fork("scale");
  const movies = inventMovies(random.fork("movies"), size.movies);
  const users = simulateUsers(random.fork("raters"), size.users);
  const write: WriteTable = (file, rows) =>
    writeFileSynced(join(dir, file), rows.map((row) => `${row}\n`).join(""));
  await mkdir(join(dir, layout.images ?? ""), { recursive: true });
  if (layout.images !== undefined) {
    const images = join(dir, layout.images);
    await drawPosters(images, random.fork("posters"), movies, size.pictures);
  }
  await layout.writeTables({ movies, users }, write);
  writeRatings(dir, layout.ratings, random.fork("ratings"), { movies, users }, size.ratings);
  await write(layout.last.file, layout.last.rows({ movies, users }));
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
  dir: string,
  { file: name, header, separator }: DataLayout["ratings"],
  random: Random,
  { movies, users }: Invented,
  total: number,
): void {
  const genres = movies.map((movie) => movie.genres.map((genre) => GENRES.indexOf(genre)));
  const most = Math.floor(MAX_SEEN * movies.length);
  const counts = ratingCounts(random.fork("counts"), users.length, total, most);
  const file = openSync(join(dir, name), "w");
  const chunk = Buffer.alloc(CHUNK);
  let length = chunk.write(header);
  try {
    drawRatings(random.fork("draw"), users, genres, counts, (user, movie, stars) => {
      if (length > CHUNK - LONGEST_ROW) {
        writeSync(file, chunk, 0, length);
        length = 0;
      }
      // All timestamps are 0: nothing reads them.
      const row = [users[user]!.id, movies[movie]!.id, stars, 0].join(separator);
      length += chunk.write(`${row}\n`, length);
    });
    writeSync(file, chunk, 0, length);
  } finally {
    closeSync(file);
  }
}
