/** Ratings in growing typed columns, grouped per movie at the end by a counting sort. */

import type { Ratings } from "./dataset.ts";

export interface RatingColumns {
  /** Adds one rating: indices of the movie and the user, stars, and the line it stands on. */
  push(movie: number, user: number, stars: number, line: number): void;
  /**
   * One `Ratings` per movie, in the order in which they were pushed, as views into two shared buffers.
   * A user's second rating of a movie is left out and given to `onRepeat`.
   */
  group(movies: number, users: number, onRepeat: (repeat: RepeatedRating) => void): Ratings[];
}

export interface RepeatedRating {
  readonly movie: number;
  readonly user: number;
  readonly line: number;
}

export function createRatingColumns(): RatingColumns {
  let capacity = 1 << 16;
  let length = 0;
  let movieColumn = new Uint32Array(capacity);
  let userColumn = new Uint32Array(capacity);
  let lineColumn = new Uint32Array(capacity);
  let starColumn = new Float32Array(capacity);

  function grow() {
    capacity *= 2;
    movieColumn = copyInto(new Uint32Array(capacity), movieColumn);
    userColumn = copyInto(new Uint32Array(capacity), userColumn);
    lineColumn = copyInto(new Uint32Array(capacity), lineColumn);
    starColumn = copyInto(new Float32Array(capacity), starColumn);
  }

  function push(movie: number, user: number, stars: number, line: number) {
    if (length === capacity) grow();
    movieColumn[length] = movie;
    userColumn[length] = user;
    starColumn[length] = stars;
    lineColumn[length] = line;
    length++;
  }

  /** Row numbers ordered by movie, equal movies in the order of the file, and where each movie starts. */
  function sortByMovie(movies: number) {
    const starts = new Uint32Array(movies + 1);
    for (let row = 0; row < length; row++) starts[movieColumn[row]! + 1]!++;
    for (let movie = 0; movie < movies; movie++) starts[movie + 1]! += starts[movie]!;
    const next = starts.slice();
    const rows = new Uint32Array(length);
    for (let row = 0; row < length; row++) rows[next[movieColumn[row]!]!++] = row;
    return { rows, starts };
  }

  function group(
    movies: number,
    users: number,
    onRepeat: (repeat: RepeatedRating) => void,
  ): Ratings[] {
    const { rows, starts } = sortByMovie(movies);
    const groupedUsers = new Uint32Array(length);
    const groupedStars = new Float32Array(length);
    const lastMovie = new Uint32Array(users); // 1 + the movie the user was last seen at
    const repeats: RepeatedRating[] = [];
    let write = 0;
    const ratings = Array.from({ length: movies }, (_, movie) => {
      const begin = write;
      for (let i = starts[movie]!; i < starts[movie + 1]!; i++) {
        const row = rows[i]!;
        const user = userColumn[row]!;
        if (lastMovie[user] === movie + 1) {
          repeats.push({ movie, user, line: lineColumn[row]! });
          continue;
        }
        lastMovie[user] = movie + 1;
        groupedUsers[write] = user;
        groupedStars[write] = starColumn[row]!;
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

  return { push, group };
}

function copyInto<T extends Uint32Array | Float32Array>(target: T, source: T): T {
  target.set(source);
  return target;
}
