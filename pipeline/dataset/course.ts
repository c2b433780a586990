/** Reads the course's MovieLens layout: movies_train.dat, movies_test.dat, genres.txt, users.dat, ratings.dat, posters. */

import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { closest, distance } from "fastest-levenshtein";
import { MAX_TITLE_CHARACTERS } from "../../predictor/preprocess/title.ts";
import { readRatings, readUsers } from "./courseRatings.ts";
import {
  badId,
  checkCount,
  GENRES,
  MOVIE_FORMAT,
  RATING_FORMAT,
  RATINGS,
  type Reading,
  readTable,
  TEST,
  TRAIN,
  USER_FORMAT,
  USERS,
} from "./courseTables.ts";
import type { Dataset, LabelledMovie } from "./dataset.ts";
import { createIssueList, describeIssue, quote } from "./issues.ts";
import { createFields, decodeText, parseDigits, splitFields } from "./lines.ts";
import { findPosters } from "./posters.ts";

export interface CourseOptions {
  /** Bad lines are fatal, all of them in one error; without it they are skipped and counted. */
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
 * Reads the folder `dir`; only `movies_train.dat` must be there, what else is absent becomes a note.
 * Movies come in file order, train before test. `sha256` is that of the text which
 * `sha256sum genres.txt movies_train.dat movies_test.dat users.dat ratings.dat` prints for the tables
 * present. Throws where there is no training movie at all, and in strict mode on any bad line.
 */
export async function readCourse(dir: string, options: CourseOptions = {}): Promise<Dataset> {
  const reading: Reading = { dir, issues: createIssueList(), hashes: [] };
  const { issues } = reading;

  const labels = await readGenres(reading);
  const source = labels.length > 0 ? GENRES : TRAIN;
  const rows = new Map<number, MovieRow>();
  await readMovies(reading, "train", rows, labels, source);
  const trainMovies = rows.size;
  await readMovies(reading, "test", rows, labels, source);
  if (rows.size === trainMovies) {
    issues.note(TEST, undefined, () => "no usable movie here; the data set has no test split.");
  }

  const listedUsers = await readUsers(reading);
  const { users, ratings } = await readRatings(reading, rows, listedUsers);
  const posters = await findPosters(dir, issues);
  if (options.strict) issues.throwIfAny();

  const movies = [...rows.values()].map((movie, index): LabelledMovie => {
    const posterPath = posters.get(movie.id);
    return { ...movie, ...(posterPath ? { posterPath } : {}), ratings: ratings[index]! };
  });
  return {
    name: options.name ?? basename(resolve(dir)),
    synthetic: options.synthetic ?? false,
    labels,
    users,
    movies,
    issues: issues.list,
    issueCounts: issues.counts,
    noteCounts: issues.noteCounts,
    sha256: sha256OfList(reading.hashes),
  };
}

/** The label list, empty where genres.txt is absent or empty. */
async function readGenres(reading: Reading): Promise<string[]> {
  const labels: string[] = [];
  await readTable(reading, GENRES, (bytes, start, end, line) => {
    const label = decodeText(bytes, start, end);
    if (label.includes("|")) {
      reading.issues.add(GENRES, line, () => `genre ${quote(label)} holds "|", which separates.`);
    } else if (labels.includes(label)) {
      reading.issues.add(GENRES, line, () => `genre ${quote(label)} is listed a second time.`);
    } else {
      labels.push(label);
    }
  });
  if (labels.length === 0) {
    reading.issues.note(
      GENRES,
      undefined,
      () => `absent or empty; the labels are those of ${TRAIN}, in order of first appearance.`,
    );
  }
  return labels;
}

/** Adds a split's movies to `movies`, and its genres to `labels` where `source` is this very file. */
async function readMovies(
  reading: Reading,
  split: LabelledMovie["split"],
  movies: Map<number, MovieRow>,
  labels: string[],
  source: string,
): Promise<void> {
  const file = split === "train" ? TRAIN : TEST;
  const { issues } = reading;
  const fields = createFields(3);
  const before = movies.size;

  const present = await readTable(reading, file, (bytes, start, end, line) => {
    splitFields(bytes, start, end, fields);
    if (!checkCount(fields, 3, MOVIE_FORMAT, issues, file, line)) return;
    const text = (i: number) => decodeText(bytes, fields.starts[i]!, fields.ends[i]!);
    const id = parseDigits(bytes, fields.starts[0]!, fields.ends[0]!);
    if (id < 0) return issues.add(file, line, () => badId("movie", text(0)));
    const earlier = movies.get(id);
    if (earlier) {
      const where =
        earlier.split === split ? "listed before" : `also in the ${earlier.split} split`;
      return issues.add(file, line, () => `movie ${id} is ${where}; the first line counts.`);
    }
    const title = text(1);
    if (title === "") return issues.add(file, line, () => `movie ${id} has no title.`);
    if (title.length > MAX_TITLE_CHARACTERS) {
      return issues.add(
        file,
        line,
        () =>
          `movie ${id} has a title of ${title.length} characters; at most ${MAX_TITLE_CHARACTERS} are accepted.`,
      );
    }

    const genres = [
      ...new Set(
        text(2)
          .split("|")
          .map((genre) => genre.trim()),
      ),
    ].filter(Boolean);
    const unknown = source === file ? [] : genres.filter((genre) => !labels.includes(genre));
    if (unknown.length > 0) {
      return issues.add(file, line, () => unknownGenres(unknown, labels, source));
    }
    for (const genre of genres) if (!labels.includes(genre)) labels.push(genre);
    if (genres.length === 0) {
      issues.note(file, line, () => `movie ${id} has no genre; it is kept, with no label.`);
    }
    movies.set(id, { id: String(id), title, labels: genres, split });
  });

  if (split === "train" && movies.size === before) throw noTraining(reading, present);
}

function unknownGenres(unknown: string[], labels: string[], source: string): string {
  const guesses = unknown.map((genre) => {
    const near = labels.length > 0 ? closest(genre, labels) : "";
    const close = near !== "" && distance(genre, near) <= Math.ceil(genre.length / 3);
    return `${quote(genre)}${close ? ` (did you mean ${quote(near)}?)` : ""}`;
  });
  return `unknown genre ${guesses.join(", ")}; ${source} does not have it.`;
}

function noTraining(reading: Reading, present: boolean): Error {
  const layout = `Expected layout: ${TRAIN} (${MOVIE_FORMAT}), and, where there are any, ${TEST} (same), ${GENRES} (one a line), ${USERS} (${USER_FORMAT}), ${RATINGS} (${RATING_FORMAT}), ml1m-images/ID.jpg.`;
  if (!present) return new Error(`${join(reading.dir, TRAIN)} does not exist. ${layout}`);
  const first = reading.issues.list.find((issue) => issue.file === TRAIN);
  const because = first ? ` First issue: ${describeIssue(first)}` : " The file is empty.";
  return new Error(`${join(reading.dir, TRAIN)} has no usable movie.${because} ${layout}`);
}

function sha256OfList(hashes: Reading["hashes"]): string {
  const hash = createHash("sha256");
  for (const { file, sha256 } of hashes) hash.update(`${sha256}  ${file}\n`);
  return hash.digest("hex");
}
