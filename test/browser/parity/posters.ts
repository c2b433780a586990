/** Posters to compare runtimes on: MovieLens' where the data set is present, drawn ones elsewhere. */

import { readFile } from "node:fs/promises";
import { createRandom } from "../../../pipeline/common/random.ts";
import { readCourse } from "../../../pipeline/dataset/course.ts";
import type { Dataset, LabelledMovie } from "../../../pipeline/dataset/dataset.ts";
import { imageOf, ratingsOf, textOf } from "../../../pipeline/dataset/inputs.ts";
import { inventMovies } from "../../../pipeline/dataset/sample/movies.ts";
import { drawPoster } from "../../../pipeline/dataset/sample/poster.ts";
import type { Movie } from "../../../predictor/movie.ts";
import { isHere, MOVIELENS } from "../../needs/needs.ts";
import type { ParityJob } from "./protocol.ts";

/** Ratings of one movie; more would only take longer. */
const MAX_RATINGS = 300;

export interface PosterFile {
  readonly name: string;
  /** The other inputs of its movie. */
  readonly movie: Omit<Movie, "poster">;
  read(): Promise<Buffer>;
}

/** Whether the real data set is present. */
export const HAS_MOVIELENS = isHere("movielens");

/** The poster of every movie of the data set that has one. */
export async function moviePosters(): Promise<PosterFile[]> {
  const dataset = await readCourse(MOVIELENS);
  return dataset.movies.flatMap((movie) => {
    const path = imageOf(movie, "poster");
    if (path === undefined) return [];
    return {
      name: `${movie.id}.jpg`,
      movie: movieOf(movie, dataset),
      read: () => readFile(path),
    };
  });
}

function movieOf(movie: LabelledMovie, { users }: Dataset): PosterFile["movie"] {
  const ratings = ratingsOf(movie, "ratings");
  const count = Math.min(MAX_RATINGS, ratings.users.length);
  return {
    title: textOf(movie, "title"),
    ratings: Array.from({ length: count }, (_, i) => {
      const { id, ...demographics } = users.ratings![ratings.users[i]!]!;
      return { user: id, ...demographics, stars: ratings.stars[i]! };
    }),
  };
}

/** Invented movies with posters of every kind that the sample has, including files that are cut off. */
export function drawnPosters(count: number): PosterFile[] {
  const random = createRandom(7);
  return inventMovies(random.fork("movies"), count).map(({ id, title, genres, poster }) => ({
    name: `drawn ${id}`,
    movie: { title },
    read: () => drawPoster(random.fork(`poster ${id}`), genres, poster),
  }));
}

/** `count` items, spread evenly over the list. */
export function spread<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]!);
}

/** @param every Every so many posters, one is predicted a second time, together with its movie's title and ratings. */
export async function jobsOf(posters: readonly PosterFile[], every: number): Promise<ParityJob[]> {
  const jobs: ParityJob[] = [];
  for (const [i, { movie, read }] of posters.entries()) {
    const file = (await read()).toString("base64");
    jobs.push({ file, predict: i % every === 0 ? [{}, movie] : [{}] });
  }
  return jobs;
}
