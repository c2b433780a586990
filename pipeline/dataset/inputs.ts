/** The inputs that a data set declares, and an item's values of them. */

import { YEAR } from "../../predictor/movie.ts";
import { MAX_TITLE_CHARACTERS } from "../../predictor/preprocess/title.ts";
import type { DeclaredInput, DeclaredInputs } from "../inputs/data.ts";
import type { Dataset, LabelledMovie, Ratings } from "./dataset.ts";

export type { DeclaredInput, DeclaredInputs };

/** The course's layout. */
export const MOVIE_INPUTS: DeclaredInputs = {
  title: { type: "text", form: "title", maxCharacters: MAX_TITLE_CHARACTERS },
  year: YEAR,
  poster: { type: "image" },
  ratings: { type: "ratings" },
};

const NO_RATINGS: Ratings = { users: new Uint32Array(0), stars: new Float32Array(0) };

/** Names of the inputs of a type, in order. */
function namesOf(inputs: DeclaredInputs, type: DeclaredInput["type"]): string[] {
  return Object.entries(inputs).flatMap(([name, input]) => (input.type === type ? [name] : []));
}

/** Whether the values of an input are paths of files. */
export const isPath = ({ type }: DeclaredInput) => type === "image";

/** Names of the texts. */
export const textNames = (inputs: DeclaredInputs) => namesOf(inputs, "text");
/** Names of the images. */
export const imageNames = (inputs: DeclaredInputs) => namesOf(inputs, "image");
/** Name of the first number that is taken from a text: a release year. */
export function foundNumber(inputs: DeclaredInputs): string | undefined {
  const found = Object.entries(inputs).find(
    ([, input]) => "from" in input && input.from !== undefined,
  );
  return found?.[0];
}

/** Names of the tables of ratings. */
export const ratingsNames = (inputs: DeclaredInputs) => namesOf(inputs, "ratings");

/** "" where there is none. */
export function textOf({ values }: Pick<LabelledMovie, "values">, name: string): string {
  return (values[name] as string | undefined) ?? "";
}

/** Path of an existing file; undefined where there is none. */
export function imageOf(
  { values }: Pick<LabelledMovie, "values">,
  name: string,
): string | undefined {
  return values[name] as string | undefined;
}

export function ratingsOf({ values }: Pick<LabelledMovie, "values">, name: string): Ratings {
  return (values[name] as Ratings | undefined) ?? NO_RATINGS;
}

/** Number of an item's ratings, of all inputs of that type. */
export function countRatings(movie: Pick<LabelledMovie, "values">, inputs: DeclaredInputs): number {
  return ratingsNames(inputs).reduce((sum, name) => sum + ratingsOf(movie, name).users.length, 0);
}

/** How much a data set has of an input with ratings. */
export interface RatedInput {
  readonly input: string;
  readonly ratings: number;
  readonly users: number;
}

export function ratedInputs({
  inputs,
  movies,
  users,
}: Pick<Dataset, "inputs" | "movies" | "users">): RatedInput[] {
  return ratingsNames(inputs).map((input) => ({
    input,
    ratings: movies.reduce((sum, movie) => sum + ratingsOf(movie, input).users.length, 0),
    users: users[input]?.length ?? 0,
  }));
}

/** The paths of an item's images. */
export function imagesOf(movie: Pick<LabelledMovie, "values">, inputs: DeclaredInputs): string[] {
  return imageNames(inputs).flatMap((name) => imageOf(movie, name) ?? []);
}

/** What people know an item by: its first text, or else its id. */
export function displayName(
  movie: Pick<LabelledMovie, "id" | "values">,
  inputs: DeclaredInputs,
): string {
  const [name] = textNames(inputs);
  return (name === undefined ? "" : textOf(movie, name)) || movie.id;
}
