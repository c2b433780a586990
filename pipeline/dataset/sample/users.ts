/** Simulates users with tastes: fans of a genre rate its movies more often, and a little higher. */

import type { Random } from "../../common/random.ts";
import { pickWeighted } from "./draw.ts";
import { GENRES, type Genre } from "./genres.ts";

export interface SimulatedUser {
  readonly id: number;
  readonly gender: "F" | "M";
  readonly age: number;
  readonly occupation: number;
  readonly zip: string;
  /** Liking per genre, in the order of GENRES; about normal around 0. */
  readonly taste: readonly number[];
}

export interface Rating {
  readonly user: number;
  readonly movie: number;
  /** 1..5, whole. */
  readonly stars: number;
}

/** Age codes of MovieLens and how frequent each is, in percent. */
const AGES = [1, 18, 25, 35, 45, 50, 56];
const AGE_WEIGHTS = [4, 18, 35, 20, 9, 8, 6];

/** What groups like more (above 0) or less, added to each member's own taste. */
const LEANINGS: readonly {
  readonly of: (user: { gender: string; age: number }) => boolean;
  readonly likes: Readonly<Record<string, number>>;
}[] = [
  { of: ({ gender }) => gender === "F", likes: { Romance: 0.7, Musical: 0.5, War: -0.4 } },
  { of: ({ gender }) => gender === "M", likes: { Action: 0.3, "Sci-Fi": 0.3, Romance: -0.2 } },
  { of: ({ age }) => age === 1, likes: { "Children's": 1.2, Animation: 1.2, Drama: -0.5 } },
  { of: ({ age }) => age === 18, likes: { Horror: 0.5, Comedy: 0.3 } },
  { of: ({ age }) => age >= 50, likes: { War: 0.6, Western: 0.6, "Film-Noir": 0.8, Horror: -0.6 } },
];

/** Movies that nobody has rated. */
const UNRATED = 0.04;

/** Mean ratings per user in a sample of 600 movies; it shrinks with the sample. */
const ACTIVITY = 50;

/** How strongly taste decides what one watches, against the movie's popularity. */
const TASTE_PULL = 1.5;

export function simulateUsers(random: Random, count: number): SimulatedUser[] {
  return Array.from({ length: count }, (_, index) => {
    const gender = random.next() < 0.28 ? "F" : "M";
    const age = AGES[pickWeighted(random, AGE_WEIGHTS)]!;
    const leanings = LEANINGS.filter(({ of }) => of({ gender, age }));
    const taste = GENRES.map(({ name }) =>
      leanings.reduce((sum, { likes }) => sum + (likes[name] ?? 0), random.normal()),
    );
    const zip = String(random.int(100_000)).padStart(5, "0");
    return { id: index + 1, gender, age, occupation: random.int(21), zip, taste };
  });
}

/** All ratings, user by user; a movie is rated at most once by each. */
export function simulateRatings(
  random: Random,
  users: readonly SimulatedUser[],
  movies: readonly { readonly id: number; readonly genres: readonly Genre[] }[],
): Rating[] {
  const traits = movies.map(({ id, genres }) => ({
    id,
    genres: genres.map((genre) => GENRES.indexOf(genre)),
    // Log-normal popularity: a few movies are seen by most users, many by a handful.
    popularity: random.next() < UNRATED ? undefined : 1.2 * random.normal(),
    quality: random.normal(),
  }));
  return users.flatMap((user) => {
    const activity = (ACTIVITY * movies.length) / 600;
    const wanted = Math.round(activity * (0.25 + 0.6 * Math.exp(0.7 * random.normal())));
    const keyed = traits.flatMap(({ id, genres, popularity, quality }) => {
      if (popularity === undefined) return [];
      const liking = genres.reduce((sum, g) => sum + user.taste[g]!, 0) / genres.length;
      // Weighted sampling without replacement: the smallest -log(u) / weight are drawn
      // (Efraimidis and Spirakis 2006).
      const weight = Math.exp(popularity + TASTE_PULL * liking);
      return [{ id, liking, quality, key: -Math.log(1 - random.next()) / weight }];
    });
    keyed.sort((a, b) => a.key - b.key);
    return keyed.slice(0, wanted).map(({ id, liking, quality }) => ({
      user: user.id,
      movie: id,
      stars: starsOf(3.4 + 0.35 * liking + 0.5 * quality + 0.8 * random.normal()),
    }));
  });
}

function starsOf(opinion: number): number {
  return Math.min(5, Math.max(1, Math.round(opinion)));
}
