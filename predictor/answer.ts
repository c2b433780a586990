/** An answer as JSON, in the one form that the server sends, the commands print and the page copies. */

import type { Explanation } from "./explain.ts";
import type { AttendedPart, Prediction } from "./predictor.ts";
import type {
  AnswerOptions,
  Contribution,
  LabelContribution,
  LabelScore,
  NumberAnswer,
  NumberContribution,
  ScoredAnswer,
  ScoredContribution,
  TargetAnswer,
} from "./targets/targetType.ts";
import { type TargetSpec, targetTypeOf } from "./targets/types.ts";

/** What one group of inputs changed. */
export type InputContribution<Part extends Contribution = Contribution> = Part & {
  /** The gate's factor of the group's logits. */
  weight: number;
};

export interface AnswerExplanation<Part extends Contribution = Contribution> {
  /** Of the groups of inputs that the item has. */
  inputs: Record<string, InputContribution<Part>>;
  /** By input, where the model attends over its parts: the parts in order, for instance words. */
  attention: Record<string, readonly AttendedPart[]>;
}

interface Explained<Part extends Contribution> {
  /** Present where it was asked for. */
  explanation?: AnswerExplanation<Part>;
}

/** Of a bundle that predicts labels or a class. */
export interface LabelsAnswer extends ScoredAnswer, Explained<ScoredContribution> {}
/** Of a bundle that predicts a number. */
export interface ValueAnswer extends NumberAnswer, Explained<NumberContribution> {}
export type Answer = LabelsAnswer | ValueAnswer;

/**
 * @param target That was predicted.
 * @param options Those that the target does not have count for nothing.
 * @param explanation Of the same item; its own prediction is the one described.
 */
export function toAnswer(
  target: TargetSpec,
  prediction: Prediction,
  options: AnswerOptions,
  explanation?: Explanation,
): Answer {
  const type = targetTypeOf(target);
  const answer = type.answer(target, prediction, prediction.groups, options);
  if (!explanation) return answer;
  return { ...answer, explanation: explain(target, answer, explanation) } as Answer;
}

function explain(
  target: TargetSpec,
  answer: TargetAnswer,
  { prediction, inputs }: Explanation,
): AnswerExplanation {
  const { contribution } = targetTypeOf(target);
  const contributions = Object.entries(inputs).map(([group, { without, alone }]) => [
    group,
    { weight: prediction.inputWeights[group]!, ...contribution(answer, without, alone) },
  ]);
  return {
    inputs: Object.fromEntries(contributions) as AnswerExplanation["inputs"],
    attention: prediction.attention,
  };
}

/** An answer with copies of its fields under the names of version 0.1, which version 0.3 removes. */
export interface LabelsAnswerJson extends LabelsAnswer {
  explanation?: AnswerExplanation<ScoredContribution> & {
    /** @deprecated `inputs`, whose `genres` are `scores`. */
    modalities: Record<
      string,
      InputContribution<ScoredContribution> & { genres: LabelContribution[] }
    >;
    /** @deprecated `attention.title`, whose `part` is `word`. */
    titleAttention: { word: string; weight: number }[];
  };
  /** @deprecated `scores` */
  genres: LabelScore[];
  /** @deprecated `selected` */
  labels: string[];
}

export type AnswerJson = LabelsAnswerJson | Answer;

/**
 * Adds the deprecated copies where the target has them: the JSON of every answer that is printed or sent.
 *
 * @param target That was predicted.
 */
export function toAnswerJson(target: TargetSpec, answer: Answer): AnswerJson {
  return targetTypeOf(target).hasOldNames ? withOldNames(answer as LabelsAnswer) : answer;
}

function withOldNames({ scores, selected, explanation }: LabelsAnswer): LabelsAnswerJson {
  return {
    scores,
    selected,
    ...(explanation ? { explanation: withModalities(explanation) } : {}),
    genres: scores,
    labels: selected,
  };
}

function withModalities(
  explanation: AnswerExplanation<ScoredContribution>,
): NonNullable<LabelsAnswerJson["explanation"]> {
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
