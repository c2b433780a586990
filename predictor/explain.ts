/** What each modality changed in an answer: the movie again, without it and with it alone. */

import type { Modality, Prediction, Predictor } from "./predictor.ts";
import type { Movie } from "./preprocess/features.ts";
import { parseTitle } from "./preprocess/title.ts";

export interface ModalityEffect {
  /** The answer from the movie's other modalities. */
  readonly without: Prediction;
  /** The answer from this one. */
  readonly alone: Prediction;
}

export interface Explanation {
  readonly prediction: Prediction;
  /** Of the modalities that the movie has. */
  readonly modalities: Readonly<Partial<Record<Modality, ModalityEffect>>>;
}

/**
 * Asks the graph for the movie, and in one batch for it without each of its modalities and for each of them alone: at
 * most six.
 *
 * @throws InputError naming the field that is wrong.
 */
export async function explainMovie(predictor: Predictor, movie: Movie): Promise<Explanation> {
  const present = modalitiesOf(movie);
  const subsets = new Map<string, Movie>([["all", movie]]);
  const answerAt = (kept: readonly Modality[]) => {
    const key = kept.length === present.length ? "all" : kept.join();
    if (!subsets.has(key)) subsets.set(key, keep(movie, kept));
    return [...subsets.keys()].indexOf(key);
  };
  const wanted = present.map((modality) => ({
    modality,
    without: answerAt(present.filter((other) => other !== modality)),
    alone: answerAt([modality]),
  }));
  // By itself first: a fault in it is then named as the caller's field, not as one of a batch.
  const [prediction] = await predictor.predict([movie]);
  const others = [...subsets.values()].slice(1);
  const answers = [prediction!, ...(others.length > 0 ? await predictor.predict(others) : [])];
  return {
    prediction: prediction!,
    modalities: Object.fromEntries(
      wanted.map(({ modality, without, alone }) => [
        modality,
        { without: answers[without]!, alone: answers[alone]! },
      ]),
    ),
  };
}

/** The modalities that a movie has; a year counts as part of the title. */
export function modalitiesOf(movie: Movie): Modality[] {
  const { words, year } = parseTitle(movie.title ?? "");
  return [
    ...(words.length > 0 || year !== undefined || movie.year !== undefined
      ? (["title"] as const)
      : []),
    ...(movie.poster ? (["poster"] as const) : []),
    ...(movie.ratings?.length ? (["ratings"] as const) : []),
  ];
}

function keep({ title, year, poster, ratings }: Movie, kept: readonly Modality[]): Movie {
  return {
    ...(kept.includes("title") && title !== undefined ? { title } : {}),
    ...(kept.includes("title") && year !== undefined ? { year } : {}),
    ...(kept.includes("poster") && poster ? { poster } : {}),
    ...(kept.includes("ratings") && ratings ? { ratings } : {}),
  };
}
