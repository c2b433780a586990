/**
 * `node --import tsx bench/sequences.ts --out FOLDER`: a generated data set of sequences in the form of CMU-MOSI, on which
 * encoders that read in order must beat the mean of the steps.
 */
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { quoteArgument } from "../node/shell.ts";
import { generateSpeakers } from "./sequences/generate.ts";

const program = {
  name: "node --import tsx bench/sequences.ts",
  description:
    "Generates a data set of invented speakers: a sentence, and what voice and face do step by step; the order of events decides.",
  schema: z.strictObject({
    out: z.string().min(1).default(".cache/speakers").describe("folder of the data set"),
    items: z.int().min(20).default(2000).describe("number of speakers"),
    seed: z.int().default(7).describe("seed of all draws"),
    target: z
      .enum(["number", "class", "labels"])
      .default("number")
      .describe("what is to be predicted: the signed value, or its sign"),
  }),
};

await runCommand(program, async ({ out, ...speakers }) => {
  await generateSpeakers(out, speakers);
  console.log(`${out}; train with npm run pipeline -- --data ${quoteArgument(out)}`);
  return 0;
});
