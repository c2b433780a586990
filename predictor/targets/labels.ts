/** Labels: any number of them belong to an item. */

import * as z from "zod";
import { groupsOf } from "../item.ts";
import { decide, isSameSet, type Thresholds } from "./decide.ts";
import { rankScores, scoredContribution, scoredNames, showScores, topScore } from "./scored.ts";
import type { TargetType } from "./targetType.ts";

export interface LabelsSpec {
  readonly type: "labels";
  readonly labels: readonly string[];
  readonly thresholds: Thresholds;
}

const probability = z.number().min(0).max(1);

const thresholds = z.strictObject({
  perLabel: z.array(probability),
  subsets: z
    .array(
      z.strictObject({
        groups: z.array(z.string()).refine((groups) => new Set(groups).size === groups.length, {
          error: "must not name one twice",
        }),
        threshold: probability,
      }),
    )
    .superRefine((subsets, context) => {
      for (const [i, { groups }] of subsets.entries()) {
        if (!subsets.slice(0, i).some((other) => isSameSet(other.groups, groups))) continue;
        context.addIssue({
          code: "custom",
          message: "has a threshold already",
          path: [i, "groups"],
        });
      }
    }),
});

/** @throws Error if the target is another: for programs that go through labels. */
export function labelsTarget(target: LabelsSpec | { readonly type: string }): LabelsSpec {
  if (isLabels(target)) return target;
  throw new Error(`the bundle predicts a ${target.type}; this program reads labels`);
}

function isLabels(target: { readonly type: string }): target is LabelsSpec {
  return target.type === "labels";
}

/** Graph output `probabilities` float32 [n, labels]. */
export const labels = {
  spec: z
    .strictObject({ type: z.literal("labels"), labels: scoredNames, thresholds })
    .refine((spec) => spec.thresholds.perLabel.length === spec.labels.length, {
      error: "must have one threshold per label",
      path: ["thresholds", "perLabel"],
    }),

  misfits({ thresholds: { subsets } }, inputs) {
    const known = [...groupsOf(inputs).keys()];
    return subsets.flatMap(({ groups }, i) =>
      groups
        .filter((group) => !known.includes(group))
        .map((group) => ({
          path: ["thresholds", "subsets", String(i), "groups"],
          message: `names "${group}", which is not a group of inputs`,
        })),
    );
  },

  output: "probabilities",

  names: (spec) => spec.labels,

  outcome(spec, row, groups) {
    const selected = decide(row, spec.thresholds, groups);
    return { scores: rankScores(spec.labels, row, (label) => selected[label]!) };
  },

  score: topScore,

  options: ["topK", "threshold", "allowEmpty"],

  answer(spec, { scores }, groups, { topK, ...options }) {
    if (options.threshold === undefined && !options.allowEmpty) return showScores(scores, topK);
    const places = new Map(spec.labels.map((label, place) => [label, place]));
    const row = new Float64Array(spec.labels.length);
    for (const { label, probability } of scores) row[places.get(label)!] = probability;
    const selected = decide(row, spec.thresholds, groups, options);
    const decided = scores.map((score) => ({
      ...score,
      selected: selected[places.get(score.label)!]!,
    }));
    return showScores(decided, topK);
  },

  contribution: scoredContribution,

  hasOldNames: true,
} satisfies TargetType<LabelsSpec>;
