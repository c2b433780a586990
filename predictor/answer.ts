/** An answer as the world reads it: the form that the server sends and that the page copies. */

import type { Explanation } from "./explain.ts";
import type { GenreScore, Modality, Prediction } from "./predictor.ts";

export interface AnswerOptions {
  /** Genres in the answer; undefined: all. */
  readonly topK?: number | undefined;
  /** Probability from which a genre is among the labels; undefined: each genre's own. */
  readonly threshold?: number | undefined;
}

export interface RankedAnswer {
  /** Most probable first, at most `topK`. */
  genres: GenreScore[];
  /** Genres at or above the threshold, whatever `topK` is. */
  labels: string[];
}

export interface DescribedModality {
  /** Factor of the modality's evidence. */
  weight: number;
  /** In the order of the answer's genres. */
  genres: {
    label: string;
    /** Probability with everything, less the probability without this modality. */
    contribution: number;
    without: number;
    alone: number;
  }[];
}

export interface DescribedExplanation {
  /** Of the modalities that the movie has. */
  modalities: Partial<Record<Modality, DescribedModality>>;
  titleAttention: { word: string; weight: number }[];
}

export function rankAnswer(
  { genres }: Prediction,
  { topK, threshold }: AnswerOptions,
): RankedAnswer {
  const judged = genres.map((genre) =>
    threshold === undefined ? genre : { ...genre, selected: genre.probability >= threshold },
  );
  return {
    genres: judged.slice(0, topK),
    labels: judged.filter(({ selected }) => selected).map(({ label }) => label),
  };
}

export function describeExplanation(
  { prediction, modalities }: Explanation,
  { topK }: AnswerOptions,
): DescribedExplanation {
  const shown = prediction.genres.slice(0, topK);
  return {
    modalities: Object.fromEntries(
      Object.entries(modalities).map(([modality, { without, alone }]) => {
        const [pWithout, pAlone] = [probabilities(without), probabilities(alone)];
        return [
          modality,
          {
            weight: prediction.modalityWeights[modality as Modality],
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
