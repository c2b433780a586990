/** Reads a data set in the course's layout: movies_train.dat, movies_test.dat, genres.txt, users.dat, ratings.dat, posters. */

import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { closest, distance } from "fastest-levenshtein";
import type { DeclaredText } from "../inputs/text/data.ts";
import { readRatings, readUsers } from "./courseRatings.ts";
import {
  badId,
  checkFieldCount,
  GENRES,
  MOVIE_FORMAT,
  RATING_FORMAT,
  RATINGS,
  type ReadContext,
  readTable,
  TEST,
  TRAIN,
  USER_FORMAT,
  USERS,
} from "./courseTables.ts";
import type { Dataset, LabelledMovie } from "./dataset.ts";
import { type DeclaredInputs, MOVIE_INPUTS } from "./inputs.ts";
import { createIssueList, describeDataIssue, type IssueList, quote } from "./issues.ts";
import { createFields, decodeText, parseDigits, splitFields } from "./lines.ts";
import { findPosters } from "./posters.ts";
import { keepTogether } from "./together.ts";

export interface CourseOptions {
  /** Fail on bad lines, with all of them in one error; otherwise they are skipped and counted. */
  readonly strict?: boolean;
  /** Default: the folder's own name. */
  readonly name?: string;
  readonly synthetic?: boolean;
}

interface MovieRow {
  readonly id: string;
  readonly title: string;
  readonly labels: readonly string[];
  readonly split: LabelledMovie["split"];
}

/**
 * Reads the folder `dir`. Only `movies_train.dat` is required; other missing files become notes. Movies are in file order,
 * train before test. The data set's `sha256` is the hash of what
 * `sha256sum genres.txt movies_train.dat movies_test.dat users.dat ratings.dat` prints for the tables present.
 *
 * @throws Error if there is no usable training movie, and in strict mode on any bad line.
 */
export async function readCourse(dir: string, options: CourseOptions = {}): Promise<Dataset> {
  const reading: ReadContext = { dir, issues: createIssueList(), hashes: [] };
  const { issues } = reading;

  const labels = await readGenres(reading);
  const source = labels.size > 0 ? GENRES : TRAIN;
  const rows = new Map<number, MovieRow>();
  await readMovies(reading, "train", rows, labels, source);
  const trainMovies = rows.size;
  await readMovies(reading, "test", rows, labels, source);
  if (rows.size === trainMovies) {
    issues.note(TEST, undefined, () => "no usable movie; the data set has no test split.");
  }

  const listedUsers = await readUsers(reading);
  const { users, ratings } = await readRatings(reading, rows, listedUsers);
  const posters = await findPosters(dir, issues);
  if (options.strict) issues.throwIfAny();

  const read = [...rows.values()].map(({ title, ...movie }, index): LabelledMovie => {
    const poster = posters.get(movie.id);
    const values = { title, ...(poster ? { poster } : {}), ratings: ratings[index]! };
    return { ...movie, values };
  });
  const inputs = withLongTitles(rows, issues);
  const together = await keepTogether(read, inputs, { root: dir, issues });
  const movies = read.map((movie, i) =>
    together[i] === undefined ? movie : { ...movie, group: together[i] },
  );
  return {
    name: options.name ?? basename(resolve(dir)),
    synthetic: options.synthetic ?? false,
    inputs,
    labels: [...labels],
    users: { ratings: users },
    movies,
    issues: issues.list,
    issueCounts: issues.counts,
    noteCounts: issues.noteCounts,
    sha256: sha256OfList(reading.hashes),
  };
}

/**
 * The inputs of movies. Where titles are whole texts, such as plots, the model accepts as long ones; the length of a line
 * bounds them.
 */
function withLongTitles(rows: ReadonlyMap<number, MovieRow>, issues: IssueList): DeclaredInputs {
  const { title } = MOVIE_INPUTS as { title: DeclaredText };
  const usual = title.maxCharacters;
  const lengths = [...rows.values()].map((row) => row.title.length);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  if (longest <= usual) return MOVIE_INPUTS;
  const maxCharacters = Math.ceil(longest / usual) * usual;
  const long = lengths.filter((length) => length > usual).length;
  issues.note(
    TRAIN,
    undefined,
    () =>
      `${long} of ${rows.size} titles have more than ${usual} characters, the longest ${longest}; the model accepts titles of up to ${maxCharacters}.`,
  );
  return { ...MOVIE_INPUTS, title: { ...title, maxCharacters } };
}

/** The labels in the file's order; empty if genres.txt is absent or empty. */
async function readGenres(reading: ReadContext): Promise<Set<string>> {
  const labels = new Set<string>();
  await readTable(reading, GENRES, (bytes, start, end, line) => {
    const label = decodeText(bytes, start, end);
    if (label.includes("|")) {
      reading.issues.add(
        GENRES,
        line,
        () => `genre ${quote(label)} contains "|", the separator between genres.`,
      );
    } else if (labels.has(label)) {
      reading.issues.add(GENRES, line, () => `genre ${quote(label)} is listed more than once.`);
    } else {
      labels.add(label);
    }
  });
  if (labels.size === 0) {
    reading.issues.note(
      GENRES,
      undefined,
      () => `absent or empty; using the genres in ${TRAIN}, in order of first appearance.`,
    );
  }
  return labels;
}

/** Adds a split's movies to `movies`, and its genres to `labels` if `source`, the file that defines labels, is this one. */
async function readMovies(
  reading: ReadContext,
  split: LabelledMovie["split"],
  movies: Map<number, MovieRow>,
  labels: Set<string>,
  source: string,
): Promise<void> {
  const file = split === "train" ? TRAIN : TEST;
  const { issues } = reading;
  const fields = createFields(MOVIE_FORMAT.fields);
  const before = movies.size;

  const present = await readTable(reading, file, (bytes, start, end, line) => {
    splitFields(bytes, start, end, fields);
    if (!checkFieldCount({ fields, format: MOVIE_FORMAT, issues, file, line })) return;
    const text = (i: number) => decodeText(bytes, fields.starts[i]!, fields.ends[i]!);
    const id = parseDigits(bytes, fields.starts[0]!, fields.ends[0]!);
    if (id < 0) return issues.add(file, line, () => badId("movie", text(0)));
    const earlier = movies.get(id);
    if (earlier) {
      const where =
        earlier.split === split ? "already listed" : `also in the ${earlier.split} split`;
      return issues.add(file, line, () => `movie ${id} is ${where}; its first line is used.`);
    }
    const title = text(1);
    if (title === "") return issues.add(file, line, () => `movie ${id} has no title.`);

    const genres = [
      ...new Set(
        text(2)
          .split("|")
          .map((genre) => genre.trim()),
      ),
    ].filter(Boolean);
    const unknown = source === file ? [] : genres.filter((genre) => !labels.has(genre));
    if (unknown.length > 0) {
      return issues.add(file, line, () => unknownGenres(unknown, [...labels], source));
    }
    for (const genre of genres) labels.add(genre);
    if (genres.length === 0) {
      issues.note(file, line, () => `movie ${id} has no genre; it is kept without labels.`);
    }
    movies.set(id, { id: String(id), title, labels: genres, split });
  });

  if (split === "train" && movies.size === before) throw noTrainingMovies(reading, present);
}

function unknownGenres(unknown: string[], labels: string[], source: string): string {
  const guesses = unknown.map((genre) => {
    const near = labels.length > 0 ? closest(genre, labels) : "";
    const close = near !== "" && distance(genre, near) <= Math.ceil(genre.length / 3);
    return `${quote(genre)}${close ? ` (did you mean ${quote(near)}?)` : ""}`;
  });
  return `unknown genre ${guesses.join(", ")}; not listed in ${source}.`;
}

function noTrainingMovies(reading: ReadContext, present: boolean): Error {
  const layout = `Expected layout: ${TRAIN} (${MOVIE_FORMAT.text}) and optionally ${TEST} (same), ${GENRES} (one per line), ${USERS} (${USER_FORMAT.text}), ${RATINGS} (${RATING_FORMAT.text}), ml1m-images/ID.jpg.`;
  if (!present) return new Error(`${join(reading.dir, TRAIN)} does not exist. ${layout}`);
  const first = reading.issues.list.find((issue) => issue.file === TRAIN);
  const because = first ? ` First issue: ${describeDataIssue(first)}` : " The file is empty.";
  return new Error(`${join(reading.dir, TRAIN)} has no usable movie.${because} ${layout}`);
}

function sha256OfList(hashes: ReadContext["hashes"]): string {
  const hash = createHash("sha256");
  for (const { file, sha256 } of hashes) hash.update(`${sha256}  ${file}\n`);
  return hash.digest("hex");
}
