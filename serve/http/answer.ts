/** One movie of a request -> its answer. */

import { describeExplanation, rankAnswer } from "../../predictor/answer.ts";
import { explainMovie } from "../../predictor/explain.ts";
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
      ...rankAnswer(explanation.prediction, options),
      explanation: describeExplanation(explanation, options),
    };
  }
  const [prediction] = await predictor.predict([movie]);
  return rankAnswer(prediction!, options);
}
