/** MovieLens' own layout, of ml-latest-small to ml-32m: movies.csv, ratings.csv, and optionally tags.csv and links.csv. */

import { MOVIE_NOUNS } from "../../../predictor/nouns.ts";
import { type Layout, YEAR } from "./layout.ts";

const MOVIES = "movies.csv";
const RATINGS = "ratings.csv";
/** What they have besides, and why a description leaves it out. */
const OTHERS: Readonly<Record<string, string>> = {
  "tags.csv": "tags.csv is not used: text of a movie has to be a column of movies.csv.",
  "links.csv": "links.csv is not used: ids of other sites say nothing about a movie.",
};

export const MOVIELENS: Layout = {
  name: "MovieLens' own layout",
  matches: (files) => files.has(MOVIES) && files.has(RATINGS),
  describe: (name, files) => ({
    name,
    nouns: MOVIE_NOUNS,
    items: MOVIES,
    id: "movieId",
    missing: ["(no genres listed)"],
    inputs: {
      title: { type: "text", form: "title" },
      year: YEAR,
      ratings: {
        type: "ratings",
        table: RATINGS,
        item: "movieId",
        user: "userId",
        value: "rating",
      },
      ...Object.fromEntries(
        Object.entries(OTHERS)
          .filter(([file]) => files.has(file))
          .map(([file, why]) => [`//${file.replace(".csv", "")}`, why]),
      ),
    },
    target: { type: "labels", column: "genres", separator: "|" },
    "//split": "MovieLens has no split; a fifth of the movies is drawn for testing.",
    split: { test: 0.2 },
  }),
};
