/** Generates the embedded sample: an invented data set in the course's layout, with the quirks of real data. */

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

/** Increased with every change of the generated data, so that older cached samples are not used. */
const VERSION = 1;

/** File in a cached sample with the output of `sha256sum` for its tables and posters. */
const CHECKSUMS = "SHA256SUMS";
const TABLES = ["genres.txt", "movies_test.dat", "movies_train.dat", "ratings.dat", "users.dat"];
const IMAGES = "ml1m-images";

/** Defaults: small enough for a run in minutes, large enough that every label is learnt. */
const SEED = 1;
const MOVIES = 600;
const USER_COUNT = 400;

/** Posters drawn concurrently: libvips uses its own threads, so more would only cost memory. */
const CONCURRENT_DRAWINGS = 4;

/** Drafts of killed runs are removed at this age (1 hour); younger ones may still be in use. */
const STALE_MS = 3_600_000;

export interface SampleOptions {
  /** Default 1. */
  readonly seed?: number;
  /** Number of movies, at least 40; default 600. */
  readonly movies?: number;
}

/**
 * Generates the sample in the folder `dir`, which is created. Equal options give equal bytes (posters: for one version of
 * libvips). Read it with `readCourse(dir, { synthetic: true, name: "sample" })`; the issues that the reader reports are
 * intended.
 *
 * @throws RangeError on fewer than 40 movies.
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
  // As in real data sets: UTF-8 and Latin-1, CRLF in one table, no final newline in another.
  const test = Buffer.from(lines(of("test").map(movieLine)), "latin1");
  await writeFileSynced(join(dir, "movies_train.dat"), lines(train));
  await writeFileSynced(join(dir, "movies_test.dat"), test);
  await writeFileSynced(join(dir, "genres.txt"), GENRES.map(({ name }) => name).join("\n"));
  await writeFileSynced(join(dir, "users.dat"), lines(users.map(userLine), "\r\n"));
  await writeFileSynced(join(dir, "ratings.dat"), lines(listed));
  await writeFile(join(dir, "README.txt"), readme(seed, movies, users, ratings), "utf8");
}

/**
 * Path of the sample's folder in `cacheDir`; generates it if it is missing or does not match its checksums. It is written
 * elsewhere and renamed when complete, so that a run killed at any moment leaves a whole sample or none, and concurrent
 * runs do not interfere.
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
    if (!(await isWhole(target))) throw error; // otherwise a concurrent run has generated it: use that one
  }
  return target;
}

/** What `sha256sum` prints for tables and posters. Posters are not synced one by one: checksums reveal a lost write. */
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

/** Deletes a damaged sample. It is renamed to a draft first, so that leftovers of a kill are removed like other drafts. */
async function discardDamaged(target: string): Promise<void> {
  if (!(await exists(target)) || (await isWhole(target))) return;
  const aside = join(target, "..", `.draft-${basename(target)}-${randomUUID()}`);
  try {
    await rename(target, aside);
  } catch (error) {
    // A concurrent run has already renamed it.
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
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() })); // deleted meanwhile
    if (Date.now() - mtimeMs > STALE_MS) await rm(path, { recursive: true, force: true });
  }
}

async function drawPosters(dir: string, random: Random, movies: readonly InventedMovie[]) {
  const file = (id: number) => join(dir, `${id}.jpg`);
  const queue = movies.filter((movie) => movie.poster !== "none" && movie.posterOf === undefined);
  let next = 0;
  async function work() {
    for (let movie = queue[next++]; movie; movie = queue[next++]) {
      // A random stream per movie, so that the order of drawing does not matter.
      const bytes = await drawPoster(random.fork(`${movie.id}`), movie.genres, movie.poster);
      await writeFile(file(movie.id), bytes);
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT_DRAWINGS }, work));
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
  return `${user}::${movie}::${stars}::0`; // timestamp 0: the reader ignores it
}

/** One movie line of each kind that the reader must reject. */
function badMovieLines(movies: readonly InventedMovie[]): string[] {
  return [
    "900001::The Line That Ends Early (1999)",
    "900002::Misfiled Umbrella, The (1980)::Dramma",
    "tt900003::Number in Disguise, A (1991)::Comedy",
    `${movies[0]!.id}::Impostor of the Same Number, The (1977)::Crime`,
  ];
}

/** One rating line of each kind that the reader must reject. */
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

/** Inserts the bad lines at random places, none before the first row, because one of them repeats it. */
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
  return `This data set is synthetic. Marquee (sample version ${VERSION}, seed ${seed}) invented its ${movies.length} movies,
${users.length} users and ${ratings.length} ratings. None of them is real, and scores measured on them say nothing about real movies.

It has the layout of the course's MovieLens data (movies_train.dat, movies_test.dat, genres.txt,
users.dat, ratings.dat, ml1m-images) and deliberately includes quirks of real data: missing posters,
movies without ratings, a truncated JPEG, two movies with the same poster, tables in UTF-8 and in Latin-1,
and a few malformed lines, which the reader reports and skips.
`;
}
