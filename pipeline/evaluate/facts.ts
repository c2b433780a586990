/** What is known of evaluated movies beside the scores: which groups they count in, and which inputs they have. */

import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { groupOf, presentGroups } from "../../predictor/item.ts";
import { type Nouns, withArticle } from "../../predictor/nouns.ts";
import { type EncodedMovie, ratingCount } from "../fit/prepare.ts";

export interface MovieFacts {
  /** The groups of inputs that it has. */
  readonly present: readonly string[];
  /** Number of ratings, of all inputs of that type. */
  readonly ratings: number;
}

export function factsOf(movies: readonly EncodedMovie[], specs: InputSpecs): MovieFacts[] {
  return movies.map((movie) => {
    const present = presentGroups(movie.features, specs);
    // Images stay on disk until a batch needs them.
    for (const image of Object.keys(movie.images)) {
      const group = groupOf(image, specs[image]!);
      if (!present.includes(group)) present.push(group);
    }
    return { present, ratings: ratingCount(movie) };
  });
}

/** What a data set has that movies are grouped by. */
export interface Grouping {
  readonly nouns: Nouns;
  /** Groups of inputs with images. */
  readonly images: readonly string[];
  /** Whether there is an input with ratings. */
  readonly rated: boolean;
}

export interface MovieGroup {
  readonly name: string;
  readonly has: (movie: MovieFacts) => boolean;
}

export function allMovies({ nouns }: Pick<Grouping, "nouns">): string {
  return `all ${nouns.items}`;
}

/** "with a poster" */
export function withInput(group: string): string {
  return `with ${withArticle(group)}`;
}

/** The groups that figures are given for: all movies first, and those by inputs that the data set has. */
export function movieGroups(grouping: Grouping): readonly MovieGroup[] {
  return [
    { name: allMovies(grouping), has: () => true },
    ...(grouping.rated ? BY_RATINGS : []),
    ...grouping.images.map((image) => ({
      name: withInput(image),
      has: ({ present }: MovieFacts) => present.includes(image),
    })),
  ];
}

const BY_RATINGS: readonly MovieGroup[] = [
  { name: "≥ 5 ratings", has: ({ ratings }) => ratings >= 5 },
  { name: "1-4 ratings", has: ({ ratings }) => ratings >= 1 && ratings <= 4 },
  { name: "< 5 ratings", has: ({ ratings }) => ratings < 5 },
  { name: "unrated", has: ({ ratings }) => ratings === 0 },
];
