/** Training batches of sequences. */

import { collated, type MakeInputs } from "../../train/inputBatches.ts";
import type { SequenceInput } from "./fit.ts";

export const sequence: MakeInputs<SequenceInput> = ({ input, number, main }, movies) => [
  ...collated(input, main, movies),
  ...(number ? collated(number.name, number.main, movies) : []),
];
