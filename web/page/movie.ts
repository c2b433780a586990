/** What the form contains, as one value; the answer follows its changes. */

import type { Rating } from "../../predictor/preprocess/ratings.ts";

export interface FormMovie {
  readonly title: string;
  /** As typed; empty where there is none. */
  readonly year: string;
  /** Whether there is one; the worker has decoded and keeps it. */
  readonly poster: boolean;
  readonly ratings: readonly Rating[];
}

const EMPTY: FormMovie = { title: "", year: "", poster: false, ratings: [] };

type Listener = (movie: FormMovie) => void;

export interface MovieState {
  readonly current: FormMovie;
  update(change: Partial<FormMovie>): void;
  onChange(listener: Listener): void;
}

export function createMovieState(): MovieState {
  let current = EMPTY;
  const listeners: Listener[] = [];
  return {
    get current() {
      return current;
    },
    update(change) {
      current = { ...current, ...change };
      for (const listener of listeners) listener(current);
    },
    onChange(listener) {
      listeners.push(listener);
    },
  };
}
