/** Invents the sample's movies: genres, year, title, split, and what kind of poster file each has. */

import type { Random } from "../../common/random.ts";
import { stratifiedFolds } from "../splits.ts";
import { pickWeighted } from "./draw.ts";
import { GENRE_COUNTS, GENRES, type Genre } from "./genres.ts";
import { inventTitle } from "./titles.ts";

/** How a poster is stored; the rare kinds are those that real collections have a few of. */
export type PosterKind = "none" | "plain" | "progressive" | "grey" | "landscape" | "truncated";

export interface InventedMovie {
  readonly id: number;
  readonly title: string;
  readonly genres: readonly Genre[];
  readonly split: "train" | "test";
  readonly poster: PosterKind;
  /** Id of the movie whose poster file this one repeats. */
  readonly posterOf?: number;
}

/** Share of movies without a poster. */
const NO_POSTER = 0.15;
const PROGRESSIVE = 0.14;

export function inventMovies(random: Random, count: number): InventedMovie[] {
  const titles = new Set<string>();
  let id = 0;
  const drafts = Array.from({ length: count }, (_, index) => {
    id += 1 + random.int(5); // real ids have gaps
    const genres = inventGenres(random, index);
    const year = inventYear(random, genres);
    return { id, genres, title: freshTitle(random, genres, year, titles) };
  });

  const labels = drafts.map((draft) => draft.genres.map((genre) => GENRES.indexOf(genre)));
  const folds = stratifiedFolds(labels, [0.8, 0.2], random.int(2 ** 32));
  const posters = inventPosterKinds(random, count);
  // Two training movies with one poster: whoever splits the data must keep them together.
  const shared = drafts.flatMap((draft, i) =>
    folds[i] === 0 && posters[i] === "plain" ? [draft] : [],
  );
  const [original, copy] = [shared[0], shared.at(-1)];

  return drafts.map((draft, i) => ({
    ...draft,
    split: folds[i] === 0 ? "train" : "test",
    poster: posters[i]!,
    ...(draft === copy && original && original !== copy ? { posterOf: original.id } : {}),
  }));
}

/** 1 to 4 genres, the later ones drawn from those that go well with the earlier. */
function inventGenres(random: Random, index: number): Genre[] {
  // The first 18 movies start with one genre each, so that even a small sample has them all.
  const first =
    GENRES[index] ??
    GENRES[
      pickWeighted(
        random,
        GENRES.map((genre) => genre.weight),
      )
    ]!;
  const genres = [first];
  const count = 1 + pickWeighted(random, GENRE_COUNTS);
  while (genres.length < count) {
    const weights = GENRES.map((genre) => {
      if (genres.includes(genre)) return 0;
      const fits = genres.some((present) => present.beside.includes(genre.name));
      return genre.weight * (fits ? 12 : 1);
    });
    genres.push(GENRES[pickWeighted(random, weights)]!);
  }
  return genres;
}

/** A year that suits the first genre, the later of two draws. */
function inventYear(random: Random, genres: readonly Genre[]): number {
  const [from, to] = genres[0]!.years;
  const span = to - from + 1;
  return from + Math.max(random.int(span), random.int(span));
}

function freshTitle(random: Random, genres: readonly Genre[], year: number, used: Set<string>) {
  for (;;) {
    const title = inventTitle(random, genres, year);
    if (used.has(title)) continue;
    used.add(title);
    return title;
  }
}

/** Two grey posters, four landscape ones, one truncated file; the rest by share. */
function inventPosterKinds(random: Random, count: number): PosterKind[] {
  const rare: PosterKind[] = ["grey", "grey", "truncated", ...Array(4).fill("landscape")];
  const kinds = Array.from({ length: count }, (_, index): PosterKind => {
    const draw = random.next();
    if (index < rare.length) return rare[index]!;
    if (draw < NO_POSTER) return "none";
    return draw < NO_POSTER + PROGRESSIVE ? "progressive" : "plain";
  });
  random.shuffle(kinds);
  return kinds;
}
