/** What the predictor has to know of a type of target: a new type is one file of this form, and a line in types.ts. */

import type * as z from "zod";
import type {
  AnswerOption,
  AnswerOptions,
  Contribution,
  LabelScore,
  TargetAnswer,
} from "../answerTypes.ts";
import type { Misfit } from "../inputs/inputType.ts";
import type { InputSpecs } from "../inputs/types.ts";

/** What a row of the graph's output means. */
export interface Outcome {
  /** All labels or classes, most probable first; ties in their order. Empty where the target has none. */
  readonly scores: readonly LabelScore[];
  /** Only of a target that is one number. */
  readonly value?: number;
}

/** @typeParam Spec What is predicted; the manifest's `target`. */
export interface TargetType<Spec> {
  readonly spec: z.ZodType<Spec>;
  /** What is wrong with a spec beside the declared inputs. */
  readonly misfits?: (spec: Spec, inputs: InputSpecs) => readonly Misfit[];
  /** Name of the graph's output, float32 [items, names]. */
  readonly output: string;
  /** What the values in a row of the output are called, in order. */
  names(spec: Spec): readonly string[];
  /**
   * @param row Of the output.
   * @param groups The groups of inputs that the item has.
   */
  outcome(spec: Spec, row: Float32Array, groups: readonly string[]): Outcome;
  /** One number that says most of an outcome: what is predicted, or how sure the prediction is. */
  score(outcome: Outcome): number;
  /** The options that its answers have. */
  readonly options: readonly AnswerOption[];
  /**
   * @param outcome Of `outcome`.
   * @param groups The groups of inputs that the item has.
   */
  answer(
    spec: Spec,
    outcome: Outcome,
    groups: readonly string[],
    options: AnswerOptions,
  ): TargetAnswer;
  /** What a group of inputs changed, of that which the answer shows. */
  contribution(answer: TargetAnswer, without: Outcome, alone: Outcome): Contribution;
  /** Whether answers have copies of their fields under the names of version 0.1, which version 0.3 removes. */
  readonly hasOldNames?: boolean;
}
