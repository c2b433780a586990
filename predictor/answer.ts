/** An answer as JSON, in the one form that the server sends, the commands print and the page copies. */

import type { Explanation } from "./explain.ts";
import type { AttendedPart, LabelScore, Prediction } from "./predictor.ts";

export interface AnswerOptions {
  /** Scores in the answer; undefined: all. */
  readonly topK?: number | undefined;
  /** Probability from which a label is selected; undefined: each label's own threshold. */
  readonly threshold?: number | undefined;
}

export interface Answer {
  /** Most probable first, at most `topK`. */
  scores: LabelScore[];
  /** Labels at or above the threshold, whatever `topK` is. */
  selected: string[];
  /** Present where it was asked for. */
  explanation?: AnswerExplanation;
}

/** What one input changed for one label. */
export interface LabelContribution {
  label: string;
  /** Probability from all inputs, less the probability without this input. */
  contribution: number;
  without: number;
  alone: number;
}

export interface InputContribution {
  /** The gate's factor of the input's logits. */
  weight: number;
  /** In the order of the answer's scores. */
  scores: LabelContribution[];
}

export interface AnswerExplanation {
  /** Of the groups of inputs that the item has. */
  inputs: Record<string, InputContribution>;
  /** By input, where the model attends over its parts: the parts in order, for instance words. */
  attention: Record<string, readonly AttendedPart[]>;
}

/** @param explanation Of the same item; its own prediction is the one described. */
export function toAnswer(
  { scores }: Prediction,
  { topK, threshold }: AnswerOptions,
  explanation?: Explanation,
): Answer {
  const decided = scores.map((score) =>
    threshold === undefined ? score : { ...score, selected: score.probability >= threshold },
  );
  const shown = decided.slice(0, topK);
  const selected = decided.filter((score) => score.selected).map(({ label }) => label);
  return {
    scores: shown,
    selected,
    ...(explanation ? { explanation: toAnswerExplanation(explanation, shown) } : {}),
  };
}

/** An answer with copies of its fields under the names of version 0.1, which version 0.3 removes. */
export interface AnswerJson extends Answer {
  explanation?: AnswerExplanation & {
    /** @deprecated `inputs`, whose `genres` are `scores`. */
    modalities: Record<string, InputContribution & { genres: LabelContribution[] }>;
    /** @deprecated `attention.title`, whose `part` is `word`. */
    titleAttention: { word: string; weight: number }[];
  };
  /** @deprecated `scores` */
  genres: LabelScore[];
  /** @deprecated `selected` */
  labels: string[];
}

/** Adds the deprecated copies: the JSON of every answer that is printed or sent. */
export function toAnswerJson({ scores, selected, explanation }: Answer): AnswerJson {
  return {
    scores,
    selected,
    ...(explanation ? { explanation: withModalities(explanation) } : {}),
    genres: scores,
    labels: selected,
  };
}

function withModalities(explanation: AnswerExplanation): NonNullable<AnswerJson["explanation"]> {
  const modalities = Object.fromEntries(
    Object.entries(explanation.inputs).map(([input, contribution]) => [
      input,
      { ...contribution, genres: contribution.scores },
    ]),
  );
  const titleAttention = (explanation.attention.title ?? []).map(({ part, weight }) => ({
    word: part,
    weight,
  }));
  return { ...explanation, modalities, titleAttention };
}

function toAnswerExplanation(
  { prediction, inputs }: Explanation,
  shown: readonly LabelScore[],
): AnswerExplanation {
  const contributions = Object.fromEntries(
    Object.entries(inputs).map(([input, { without, alone }]) => {
      const [pWithout, pAlone] = [probabilities(without), probabilities(alone)];
      const scores = shown.map(({ label, probability }) => ({
        label,
        contribution: probability - pWithout.get(label)!,
        without: pWithout.get(label)!,
        alone: pAlone.get(label)!,
      }));
      const weight = prediction.inputWeights[input]!;
      return [input, { weight, scores }];
    }),
  );
  return { inputs: contributions, attention: prediction.attention };
}

function probabilities({ scores }: Prediction): Map<string, number> {
  return new Map(scores.map(({ label, probability }) => [label, probability]));
}
