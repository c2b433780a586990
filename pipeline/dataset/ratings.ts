/** Collects ratings in growing typed arrays and groups them by movie with a counting sort. */

import type { DeclaredRange } from "./declaredRange.ts";
import { plausibleStars, type StarRange } from "./starRange.ts";
import type { Ratings } from "./values.ts";

export interface RatingColumns {
  /** Adds one rating: index of the movie, index of the user, stars, and the line it was read from. */
  push(movie: number, user: number, stars: number, line: number): void;
  /**
   * Removes ratings whose stars are outside the plausible range of the others (`plausibleStars`).
   *
   * @param declared Whose bounds are taken in place of the plausible ones, because all stars are within them.
   * @param onOutlier Called with each removed rating, by line, and the plausible range.
   */
  dropOutliers(
    declared: DeclaredRange,
    onOutlier: (line: number, stars: number, plausible: StarRange) => void,
  ): void;
  /**
   * One `Ratings` per movie, each in the order pushed, as views into two shared buffers. A user's repeated ratings of a
   * movie are left out and passed to `onRepeat`, in the order of their lines.
   */
  group(movies: number, users: number, onRepeat: (repeat: RepeatedRating) => void): Ratings[];
}

export interface RepeatedRating {
  readonly movie: number;
  readonly user: number;
  readonly line: number;
}

/** Columns of equal capacity; row i is one rating. */
interface Columns {
  /** Rows in use. */
  length: number;
  movies: Uint32Array;
  users: Uint32Array;
  stars: Float32Array;
  lines: Uint32Array;
}

/** Rows allocated at first; doubled whenever they are full. */
const INITIAL_CAPACITY = 1 << 16;

export function createRatingColumns(): RatingColumns {
  const columns: Columns = {
    length: 0,
    movies: new Uint32Array(INITIAL_CAPACITY),
    users: new Uint32Array(INITIAL_CAPACITY),
    stars: new Float32Array(INITIAL_CAPACITY),
    lines: new Uint32Array(INITIAL_CAPACITY),
  };
  return {
    push(movie, user, stars, line) {
      const row = columns.length;
      if (row === columns.movies.length) grow(columns);
      columns.movies[row] = movie;
      columns.users[row] = user;
      columns.stars[row] = stars;
      columns.lines[row] = line;
      columns.length++;
    },
    dropOutliers: (declared, onOutlier) => dropOutliers(columns, declared, onOutlier),
    group: (movies, users, onRepeat) => groupByMovie(columns, movies, users, onRepeat),
  };
}

function grow(columns: Columns): void {
  const capacity = 2 * columns.movies.length;
  columns.movies = copyInto(new Uint32Array(capacity), columns.movies);
  columns.users = copyInto(new Uint32Array(capacity), columns.users);
  columns.stars = copyInto(new Float32Array(capacity), columns.stars);
  columns.lines = copyInto(new Uint32Array(capacity), columns.lines);
}

/** See `RatingColumns.dropOutliers`. */
function dropOutliers(
  columns: Columns,
  declared: DeclaredRange,
  onOutlier: Parameters<RatingColumns["dropOutliers"]>[1],
) {
  const counts = new Map<number, number>();
  for (let row = 0; row < columns.length; row++) {
    const stars = columns.stars[row]!;
    counts.set(stars, (counts.get(stars) ?? 0) + 1);
  }
  const usual = plausibleStars(counts);
  const plausible = {
    min: declared.min === undefined ? usual.min : Number.NEGATIVE_INFINITY,
    max: declared.max === undefined ? usual.max : Number.POSITIVE_INFINITY,
  };
  let write = 0;
  for (let row = 0; row < columns.length; row++) {
    const stars = columns.stars[row]!;
    if (stars < plausible.min || stars > plausible.max) {
      onOutlier(columns.lines[row]!, stars, plausible);
      continue;
    }
    columns.movies[write] = columns.movies[row]!;
    columns.users[write] = columns.users[row]!;
    columns.stars[write] = stars;
    columns.lines[write] = columns.lines[row]!;
    write++;
  }
  columns.length = write;
}

/** Row numbers ordered by movie, a movie's rows in the order pushed, and where each movie starts [movies + 1]. */
function sortByMovie(columns: Columns, movies: number): { rows: Uint32Array; starts: Uint32Array } {
  const starts = new Uint32Array(movies + 1);
  for (let row = 0; row < columns.length; row++) starts[columns.movies[row]! + 1]!++;
  for (let movie = 0; movie < movies; movie++) starts[movie + 1]! += starts[movie]!;
  const next = starts.slice();
  const rows = new Uint32Array(columns.length);
  for (let row = 0; row < columns.length; row++) rows[next[columns.movies[row]!]!++] = row;
  return { rows, starts };
}

/** See `RatingColumns.group`. */
function groupByMovie(
  columns: Columns,
  movies: number,
  users: number,
  onRepeat: (repeat: RepeatedRating) => void,
): Ratings[] {
  const { rows, starts } = sortByMovie(columns, movies);
  const groupedUsers = new Uint32Array(columns.length);
  const groupedStars = new Float32Array(columns.length);
  const lastMovie = new Uint32Array(users); // 1 + the last movie seen with a rating by the user
  const repeats: RepeatedRating[] = [];
  let write = 0;
  const ratings = Array.from({ length: movies }, (_, movie) => {
    const begin = write;
    for (let i = starts[movie]!; i < starts[movie + 1]!; i++) {
      const row = rows[i]!;
      const user = columns.users[row]!;
      if (lastMovie[user] === movie + 1) {
        repeats.push({ movie, user, line: columns.lines[row]! });
        continue;
      }
      lastMovie[user] = movie + 1;
      groupedUsers[write] = user;
      groupedStars[write] = columns.stars[row]!;
      write++;
    }
    return {
      users: groupedUsers.subarray(begin, write),
      stars: groupedStars.subarray(begin, write),
    };
  });
  repeats.sort((a, b) => a.line - b.line);
  for (const repeat of repeats) onRepeat(repeat);
  return ratings;
}

function copyInto<T extends Uint32Array | Float32Array>(target: T, source: T): T {
  target.set(source);
  return target;
}
