/** The layout of the course project: movies_train.dat, movies_test.dat, genres.txt, users.dat, ratings.dat, posters. */

import { MOVIE_NOUNS } from "../../../predictor/nouns.ts";
import { GENRES, RATINGS, TEST, TRAIN, USERS } from "../courseTables.ts";
import { type Layout, YEAR } from "./layout.ts";

const SEPARATOR = "::";
const MOVIE_COLUMNS = ["id", "title", "genres"];

export const COURSE: Layout = {
  name: "the course's layout",
  matches: (files) => files.has(TRAIN),
  describe(name, files) {
    const movies = (file: string) => ({ file, separator: SEPARATOR, columns: MOVIE_COLUMNS });
    const posters = [...files].map((file) => /^([^/]*images)\//.exec(file)?.[1]).find(Boolean);
    return {
      name,
      nouns: MOVIE_NOUNS,
      items: movies(TRAIN),
      id: "id",
      inputs: {
        title: { type: "text", form: "title" },
        year: YEAR,
        ...(posters === undefined
          ? {}
          : {
              poster: {
                type: "image",
                column: "id",
                folder: posters,
                extensions: [".jpg", ".jpeg", ".png", ".webp"],
              },
            }),
        ...(files.has(RATINGS) ? { ratings: ratings(files.has(USERS)) } : {}),
      },
      target: {
        type: "labels",
        column: "genres",
        separator: "|",
        ...(files.has(GENRES) ? { labels: GENRES } : {}),
      },
      split: files.has(TEST) ? { test: movies(TEST) } : { test: 0.2 },
    };
  },
};

function ratings(hasUsers: boolean): object {
  const columns = ["user", "movie", "stars", "time"];
  const users = {
    table: {
      file: USERS,
      separator: SEPARATOR,
      columns: ["id", "gender", "age", "occupation", "zip"],
    },
    id: "id",
    columns: ["gender", "age", "occupation"],
  };
  return {
    type: "ratings",
    table: { file: RATINGS, separator: SEPARATOR, columns },
    ...{ item: "movie", user: "user", value: "stars" },
    ...(hasUsers ? { users } : {}),
  };
}
