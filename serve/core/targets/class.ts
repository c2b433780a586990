/** Classes in answers. */

import * as z from "zod";
import type { LabelsAnswer } from "../../../predictor/answerTypes.ts";
import type { ClassSpec } from "../../../predictor/targets/class.ts";
import {
  contributions,
  printScores,
  probabilitiesOf,
  probabilityColumn,
  scoredOutputs,
  scores,
  selectedOutput,
} from "./scored.ts";
import type { ServedTarget } from "./servedTarget.ts";

export const classTarget = {
  subject: (_, nouns) => nouns.label,

  answered: (_, nouns) => `ranked ${nouns.labels}, and the most probable`,

  fields: () => ({
    scores: scores.describe("most probable first, at most topK"),
    selected: z.array(z.string()).length(1).describe("the most probable"),
  }),

  contribution: { scores: contributions },

  listed: ({ classes }) => classes.map((label) => ({ label })),

  columns: ({ classes }) => ["class", ...classes.map(probabilityColumn)],

  cells(spec, answer) {
    const [predicted] = (answer as LabelsAnswer).selected;
    return [predicted!, ...probabilitiesOf(spec.classes, answer as LabelsAnswer)];
  },

  outputs: ({ classes }, topK) => [...scoredOutputs(classes, topK), selectedOutput(1)],

  print: (_, answer, { nouns }) => [
    ...printScores(answer as LabelsAnswer),
    "",
    `* the predicted ${nouns.label}.`,
  ],
} satisfies ServedTarget<ClassSpec>;
