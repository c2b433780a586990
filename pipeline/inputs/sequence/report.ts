/** What reports say of sequences. */

import type { SequenceSpec } from "../../../predictor/inputs/sequence.ts";
import type { DescribeTower, InputFacts, PredictExample } from "../../report/inputReport.ts";
import { describeBeside } from "../number/report.ts";
import type { SequenceInput } from "./fit.ts";

export const sequenceFacts: InputFacts<SequenceInput> = ({ spec }) => ({
  "Steps per sequence, features per step": `${spec.maxSteps}, ${spec.features}`,
});

export const describeSequence: DescribeTower<SequenceInput> = ({ number, main }) => {
  const { encoder, bidirectional, attention, kernelSize } = main.options;
  const read =
    encoder === "mean"
      ? "the mean of its standardised steps"
      : encoder === "cnn"
        ? `a convolution over ${kernelSize} standardised steps and the strongest answer of each filter`
        : `${bidirectional ? "a bidirectional" : "a"} ${encoder.toUpperCase()} over its standardised steps`;
  const attended = attention === "none" ? "" : `, with ${attention} attention`;
  const beside = number ? `, with ${describeBeside(number).learned}` : "";
  return `${read}${attended}${beside}.`;
};

export const sequenceExample: PredictExample<SequenceSpec> = {
  value({ mean }) {
    const step = mean.map((value) => Number(value.toPrecision(3)));
    return JSON.stringify(step.length === 1 ? step : [step]);
  },
};
