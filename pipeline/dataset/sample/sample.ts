/** Writes the embedded sample: an invented data set in the course's layout, with the quirks of real ones. */

import { randomUUID } from "node:crypto";
import {
  access,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { basename, join } from "node:path";
import { sha256File, syncFolder, writeFileSynced } from "../../../node/files.ts";
import { createRandom, type Random } from "../../common/random.ts";
import { GENRES } from "./genres.ts";
import { type InventedMovie, inventMovies } from "./movies.ts";
import { drawPoster } from "./poster.ts";
import { type Rating, type SimulatedUser, simulateRatings, simulateUsers } from "./users.ts";

/** Goes up with every change of what is generated, so that cached samples are not mixed up. */
const VERSION = 1;

/** Kept in a cached sample: what `sha256sum` prints for its tables and posters. */
const CHECKSUMS = "SHA256SUMS";
const TABLES = ["genres.txt", "movies_test.dat", "movies_train.dat", "ratings.dat", "users.dat"];
const IMAGES = "ml1m-images";

const SEED = 1;
const MOVIES = 600;
const USER_COUNT = 400;

/** Posters drawn at a time: libvips works in its own threads, more would only fill the memory. */
const DRAWN_AT_A_TIME = 4;

/** Leftovers of killed runs are removed after this long; younger ones may be in use. */
const STALE = 3_600_000; // 1 hour, in ms

export interface SampleOptions {
  /** Default 1. */
  readonly seed?: number;
  /** Number of movies, at least 40; default 600. */
  readonly movies?: number;
}

/**
 * Writes the sample into the folder `dir`, which is made. Equal options give equal bytes (of posters:
 * for one version of libvips). Read it by `readCourse(dir, { synthetic: true, name: "sample" })`; the
 * reader reports the malformed lines, which are meant. Throws RangeError for too few movies.
 */
export async function generateSample(dir: string, options: SampleOptions = {}): Promise<void> {
  const { seed = SEED, movies: count = MOVIES } = options;
  if (!Number.isInteger(count) || count < 40) {
    throw new RangeError(`a sample needs at least 40 movies, got ${count}`);
  }
  const random = createRandom(seed).fork("sample");
  const movies = inventMovies(random.fork("movies"), count);
  const users = simulateUsers(random.fork("raters"), USER_COUNT);
  const ratings = simulateRatings(random.fork("ratings"), users, movies);

  const images = join(dir, IMAGES);
  await mkdir(images, { recursive: true });
  await drawPosters(images, random.fork("posters"), movies);

  const of = (split: InventedMovie["split"]) => movies.filter((movie) => movie.split === split);
  const slips = random.fork("slips");
  const train = misplace(slips, of("train").map(movieLine), badMovieLines(of("train")));
  const listed = misplace(slips, ratings.map(ratingLine), badRatingLines(ratings, users));
  // UTF-8 here and Latin-1 there, CRLF in one table, no last newline in another: as data sets come.
  const test = Buffer.from(lines(of("test").map(movieLine)), "latin1");
  await writeFileSynced(join(dir, "movies_train.dat"), lines(train));
  await writeFileSynced(join(dir, "movies_test.dat"), test);
  await writeFileSynced(join(dir, "genres.txt"), GENRES.map(({ name }) => name).join("\n"));
  await writeFileSynced(join(dir, "users.dat"), lines(users.map(userLine), "\r\n"));
  await writeFileSynced(join(dir, "ratings.dat"), lines(listed));
  await writeFile(join(dir, "README.txt"), readme(seed, movies, users, ratings), "utf8");
}

/**
 * Folder of the sample below `cacheDir`, generated where it is not there yet or is not what was generated, by its
 * checksums. It is written elsewhere and renamed when complete, so a run killed at any moment leaves a whole sample
 * or none, and two runs at once do not disturb each other.
 */
export async function ensureSample(cacheDir: string, options: SampleOptions = {}): Promise<string> {
  const { seed = SEED, movies = MOVIES } = options;
  const name = `sample-v${VERSION}-${seed}${movies === MOVIES ? "" : `-${movies}`}`;
  const target = join(cacheDir, name);
  await mkdir(cacheDir, { recursive: true });
  await removeStale(cacheDir);
  if (await isWhole(target)) return target;

  const draft = join(cacheDir, `.draft-${name}-${randomUUID()}`);
  try {
    await generateSample(draft, { seed, movies });
    await writeFileSynced(join(draft, CHECKSUMS), await checksums(draft));
    await syncFolder(draft);
    await discardDamaged(target);
    await rename(draft, target);
    await syncFolder(cacheDir);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await isWhole(target))) throw error; // otherwise another run was first: take its sample
  }
  return target;
}

/** Posters are not synced one by one: a power cut that spoils one is found by its checksum. */
async function checksums(dir: string): Promise<string> {
  const posters = (await readdir(join(dir, IMAGES))).filter((name) => /^\d+\.jpg$/.test(name));
  const names = [...TABLES, ...posters.sort().map((name) => `${IMAGES}/${name}`)];
  const rows: string[] = [];
  for (const name of names) rows.push(`${(await sha256File(join(dir, name))).sha256}  ${name}`);
  return lines(rows);
}

async function isWhole(dir: string): Promise<boolean> {
  try {
    return (await readFile(join(dir, CHECKSUMS), "utf8")) === (await checksums(dir));
  } catch {
    return false;
  }
}

/** Moved before it is deleted: what a kill leaves has a draft's name, and goes as those do. */
async function discardDamaged(target: string): Promise<void> {
  if (!(await exists(target)) || (await isWhole(target))) return;
  const aside = join(target, "..", `.draft-${basename(target)}-${randomUUID()}`);
  try {
    await rename(target, aside);
  } catch (error) {
    // Another run has moved it aside already.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function removeStale(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith(".draft-sample-v")) continue;
    const path = join(cacheDir, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() })); // gone meanwhile
    if (Date.now() - mtimeMs > STALE) await rm(path, { recursive: true, force: true });
  }
}

async function drawPosters(dir: string, random: Random, movies: readonly InventedMovie[]) {
  const file = (id: number) => join(dir, `${id}.jpg`);
  const queue = movies.filter((movie) => movie.poster !== "none" && movie.posterOf === undefined);
  let next = 0;
  async function work() {
    for (let movie = queue[next++]; movie; movie = queue[next++]) {
      // A stream per movie: the order in which they are done makes no difference.
      const bytes = await drawPoster(random.fork(`${movie.id}`), movie.genres, movie.poster);
      await writeFile(file(movie.id), bytes);
    }
  }
  await Promise.all(Array.from({ length: DRAWN_AT_A_TIME }, work));
  for (const { id, posterOf } of movies) {
    if (posterOf !== undefined) await copyFile(file(posterOf), file(id));
  }
}

function movieLine({ id, title, genres }: InventedMovie): string {
  return `${id}::${title}::${genres.map(({ name }) => name).join("|")}`;
}

function userLine({ id, gender, age, occupation, zip }: SimulatedUser): string {
  return `${id}::${gender}::${age}::${occupation}::${zip}`;
}

function ratingLine({ user, movie, stars }: Rating): string {
  return `${user}::${movie}::${stars}::0`; // no timestamps: nothing reads them
}

/** One movie line of each kind that the reader must refuse. */
function badMovieLines(movies: readonly InventedMovie[]): string[] {
  return [
    "900001::The Line That Ends Early (1999)",
    "900002::Misfiled Umbrella, The (1980)::Dramma",
    "tt900003::Number in Disguise, A (1991)::Comedy",
    `${movies[0]!.id}::Impostor of the Same Number, The (1977)::Crime`,
  ];
}

/** One rating line of each kind that the reader must refuse. */
function badRatingLines(ratings: readonly Rating[], users: readonly SimulatedUser[]): string[] {
  const { user, movie, stars } = ratings[0]!;
  return [
    `${user}::${movie}`,
    `${user}::${movie}::five::0`,
    `${user}::${movie}::0::0`,
    `${users.length + 1000}::${movie}::4::0`,
    `${user}::999999::3::0`,
    `${user}::${movie}::${stars}::0`,
  ];
}

/** The rows with the bad ones among them, none before the first row, which one of them repeats. */
function misplace(random: Random, rows: readonly string[], bad: readonly string[]): string[] {
  const mixed = [...rows];
  for (const line of bad) mixed.splice(1 + random.int(mixed.length), 0, line);
  return mixed;
}

function lines(rows: readonly string[], ending = "\n"): string {
  return rows.map((row) => row + ending).join("");
}

function readme(
  seed: number,
  movies: readonly InventedMovie[],
  users: readonly SimulatedUser[],
  ratings: readonly Rating[],
): string {
  return `This data set is synthetic. Its ${movies.length} movies, ${users.length} users and ${ratings.length} ratings are invented by
Marquee (sample version ${VERSION}, seed ${seed}); nothing in it is about a real film or person, and scores
measured on it say nothing about real movies.

It has the layout of the course's MovieLens data (movies_train.dat, movies_test.dat, genres.txt,
users.dat, ratings.dat, ml1m-images) and, on purpose, the quirks of real data: missing posters,
movies without ratings, a truncated JPEG, two movies with one poster, tables in UTF-8 and in Latin-1,
and a handful of malformed lines, which the reader reports and skips.
`;
}
