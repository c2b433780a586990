/** One movie of a request -> its answer. */

import { type Explanation, explainMovie } from "../../predictor/explain.ts";
import type { Prediction } from "../../predictor/predictor.ts";
import type { Movie } from "../../predictor/preprocess/features.ts";
import type { Model } from "../engine/model.ts";
import type { MovieBesideFile, PredictionAnswer } from "./schema.ts";

export type AnswerOptions = Pick<MovieBesideFile, "topK" | "threshold" | "explain">;

/** @throws InputError naming the field that is wrong. */
export async function answerMovie(
  { predictor }: Model,
  movie: Movie,
  options: AnswerOptions,
): Promise<PredictionAnswer> {
  if (options.explain) {
    const explanation = await explainMovie(predictor, movie);
    return {
      ...rank(explanation.prediction, options),
      explanation: describe(explanation, options),
    };
  }
  const [prediction] = await predictor.predict([movie]);
  return rank(prediction!, options);
}

function rank(
  { genres }: Prediction,
  { topK, threshold }: AnswerOptions,
): Pick<PredictionAnswer, "genres" | "labels"> {
  const judged = genres.map((genre) =>
    threshold === undefined ? genre : { ...genre, selected: genre.probability >= threshold },
  );
  return {
    genres: judged.slice(0, topK),
    labels: judged.filter(({ selected }) => selected).map(({ label }) => label),
  };
}

function describe(
  { prediction, modalities }: Explanation,
  { topK }: AnswerOptions,
): NonNullable<PredictionAnswer["explanation"]> {
  const shown = prediction.genres.slice(0, topK);
  return {
    modalities: Object.fromEntries(
      Object.entries(modalities).map(([modality, { without, alone }]) => {
        const [pWithout, pAlone] = [probabilities(without), probabilities(alone)];
        return [
          modality,
          {
            weight: prediction.modalityWeights[modality as keyof typeof modalities],
            genres: shown.map(({ label, probability }) => ({
              label,
              contribution: probability - pWithout.get(label)!,
              without: pWithout.get(label)!,
              alone: pAlone.get(label)!,
            })),
          },
        ];
      }),
    ),
    titleAttention: prediction.titleAttention.map(({ word, weight }) => ({ word, weight })),
  };
}

function probabilities({ genres }: Prediction): Map<string, number> {
  return new Map(genres.map(({ label, probability }) => [label, probability]));
}
