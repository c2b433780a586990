/** Labels in answers. */

import * as z from "zod";
import type { LabelsAnswer } from "../../../predictor/answerTypes.ts";
import type { LabelsSpec } from "../../../predictor/targets/labels.ts";
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

/** Between the labels of a cell. */
const SEPARATOR = "|";

export const labels = {
  subject: (_, nouns) => nouns.labels,

  answered: (_, nouns) => `ranked ${nouns.labels}, and those that are selected`,

  fields: () => ({
    scores: scores.describe("most probable first, at most topK"),
    selected: z
      .array(z.string())
      .describe(
        "labels at or above their thresholds and the most probable one, whatever topK is; with threshold, exactly those at or above it; with allowEmpty, none where none is at or above its own",
      ),
  }),

  contribution: { scores: contributions },

  listed: ({ labels, thresholds }) =>
    labels.map((label, i) => ({ label, threshold: thresholds.perLabel[i]! })),

  subsets: ({ thresholds }) => thresholds.subsets,

  columns: ({ labels }) => ["selected", ...labels.map(probabilityColumn)],

  cells(spec, answer) {
    const { selected } = answer as LabelsAnswer;
    return [selected.join(SEPARATOR), ...probabilitiesOf(spec.labels, answer as LabelsAnswer)];
  },

  outputs: ({ labels }, topK) => [...scoredOutputs(labels, topK), selectedOutput(-1)],

  print(_, answer, { nouns, allowEmpty }) {
    const best = allowEmpty ? ", and the most probable if any is" : ", or the most probable";
    return [
      ...printScores(answer as LabelsAnswer),
      "",
      `* at or above the ${nouns.label}'s threshold${best}.`,
    ];
  },
} satisfies ServedTarget<LabelsSpec>;
