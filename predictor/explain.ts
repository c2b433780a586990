/** Explains an answer by predicting the movie again without each input, and with each input alone. */

import type { InputName, Prediction, Predictor } from "./predictor.ts";
import type { Movie } from "./preprocess/features.ts";
import { parseTitle } from "./preprocess/title.ts";

export interface InputEffect {
  /** The answer from the movie's other inputs. */
  readonly without: Prediction;
  /** The answer from this one. */
  readonly alone: Prediction;
}

export interface Explanation {
  readonly prediction: Prediction;
  /** Of the inputs that the movie has. */
  readonly inputs: Readonly<Partial<Record<InputName, InputEffect>>>;
}

/**
 * Predicts the movie, and then in one batch the movie without each of its inputs and with each of them alone: at most six
 * predictions.
 *
 * @throws InputError naming the field that is wrong.
 */
export async function explainMovie(predictor: Predictor, movie: Movie): Promise<Explanation> {
  const present = presentInputs(movie);
  const subsets = new Map<string, Movie>([["all", movie]]);
  const answerAt = (kept: readonly InputName[]) => {
    const key = kept.length === present.length ? "all" : kept.join();
    if (!subsets.has(key)) subsets.set(key, keep(movie, kept));
    return [...subsets.keys()].indexOf(key);
  };
  const wanted = present.map((input) => ({
    input,
    without: answerAt(present.filter((other) => other !== input)),
    alone: answerAt([input]),
  }));
  // Alone first, so that an issue is named as the caller's field and not as one of a batch.
  const [prediction] = await predictor.predict([movie]);
  const others = [...subsets.values()].slice(1);
  const answers = [prediction!, ...(others.length > 0 ? await predictor.predict(others) : [])];
  return {
    prediction: prediction!,
    inputs: Object.fromEntries(
      wanted.map(({ input, without, alone }) => [
        input,
        { without: answers[without]!, alone: answers[alone]! },
      ]),
    ),
  };
}

/** The inputs that a movie has; a year counts as part of the title. */
export function presentInputs(movie: Movie): InputName[] {
  const { words, year } = parseTitle(movie.title ?? "");
  return [
    ...(words.length > 0 || year !== undefined || movie.year !== undefined
      ? (["title"] as const)
      : []),
    ...(movie.poster ? (["poster"] as const) : []),
    ...(movie.ratings?.length ? (["ratings"] as const) : []),
  ];
}

function keep({ title, year, poster, ratings }: Movie, kept: readonly InputName[]): Movie {
  return {
    ...(kept.includes("title") && title !== undefined ? { title } : {}),
    ...(kept.includes("title") && year !== undefined ? { year } : {}),
    ...(kept.includes("poster") && poster ? { poster } : {}),
    ...(kept.includes("ratings") && ratings ? { ratings } : {}),
  };
}
