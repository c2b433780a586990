/** An answer as JSON, in the one form that the server sends, the commands print and the page copies. */

import type {
  Answer,
  AnswerExplanation,
  AnswerJson,
  AnswerOptions,
  LabelsAnswer,
  LabelsAnswerJson,
  ScoredContribution,
  TargetAnswer,
} from "./answerTypes.ts";
import type { Explanation } from "./explain.ts";
import type { Prediction } from "./predictor.ts";
import { type TargetSpec, targetTypeOf } from "./targets/types.ts";

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
  const { unknown } = prediction;
  return {
    ...answer,
    ...(Object.keys(unknown).length > 0 ? { unknown } : {}),
    ...(explanation ? { explanation: explain(target, answer, explanation) } : {}),
  } as Answer;
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

/**
 * Adds the deprecated copies where the target has them: the JSON of answers that are printed or sent, except in NDJSON
 * streams, which leave the copies out.
 *
 * @param target That was predicted.
 */
export function toAnswerJson(target: TargetSpec, answer: Answer): AnswerJson {
  return targetTypeOf(target).hasOldNames ? withOldNames(answer as LabelsAnswer) : answer;
}

function withOldNames({ explanation, ...answer }: LabelsAnswer): LabelsAnswerJson {
  const { scores, selected } = answer;
  return {
    ...answer,
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
