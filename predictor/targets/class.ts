/** Classes: exactly one of them belongs to an item. */

import * as z from "zod";
import { bestLabels } from "../metrics.ts";
import { rankScores, scoredContribution, scoredNames, showScores, topScore } from "./scored.ts";
import type { TargetType } from "./targetType.ts";

export interface ClassSpec {
  readonly type: "class";
  readonly classes: readonly string[];
}

/** Graph output `probabilities` float32 [n, classes]. */
export const classTarget = {
  spec: z.strictObject({ type: z.literal("class"), classes: scoredNames }),

  output: "probabilities",

  names: ({ classes }) => classes,

  outcome({ classes }, row) {
    const [best] = bestLabels(row, 1);
    return { scores: rankScores(classes, row, (i) => i === best) };
  },

  score: topScore,

  options: ["topK"],

  answer: (_, { scores }, _groups, { topK }) => showScores(scores, topK),

  contribution: scoredContribution,
} satisfies TargetType<ClassSpec>;
