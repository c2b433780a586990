/**
 * `node --import tsx bench/parity.ts [--model FOLDER]`: compares the answers of Node and Chromium for every MovieLens poster, by
 * itself and with its movie's title and ratings. Takes a few minutes.
 */
import { cpus } from "node:os";
import { z } from "zod";
import { runCommand } from "../node/command.ts";
import { compareRuntimes } from "../test/browser/parity/compare.ts";
import { HAS_MOVIELENS, moviePosters } from "../test/browser/parity/posters.ts";
import { openRuntimes } from "../test/browser/parity/runtimes.ts";

const program = {
  name: "node --import tsx bench/parity.ts",
  description:
    "Compares the answers of Node and Chromium for every poster of MovieLens 1M, whose folder $MARQUEE_ML1M names.",
  schema: z.strictObject({
    model: z.string().min(1).default("models/ml1m").describe("bundle"),
  }),
};

await runCommand(program, async ({ model }) => {
  if (!HAS_MOVIELENS) {
    throw new Error("the MovieLens data set is missing; set MARQUEE_ML1M to its folder");
  }
  const runtimes = await openRuntimes(model);
  const posters = await moviePosters();
  const { decoded, refused, differ, answers, ties, maxDelta } = await compareRuntimes(
    runtimes,
    posters,
  );
  await runtimes.close();

  console.log(
    `${cpus()[0]?.model.trim()}, node ${process.version}, ${model}, ${posters.length} posters`,
  );
  console.log("| posters and answers | result |\n| --- | --- |");
  const tie = ({ name, gap }: { name: string; gap: number }) =>
    `${name} (${gap.toExponential(1)} apart)`;
  const count = (names: readonly string[]) => `${names.length}${names.length ? `: ${names}` : ""}`;
  for (const [what, figure] of [
    ["decoded by both", decoded],
    ["refused by both with the same message", refused],
    ["refused by one only, or with different messages", count(differ.refusal)],
    ["different pixels", count(differ.pixels)],
    ["different poster tensors", count(differ.tensor)],
    ["answers compared", answers],
    ["largest difference of a probability", maxDelta.toExponential(2)],
    ["answers with a different order of the first five labels", count(differ.order)],
    ["ties: labels of equal probability in another order", count(ties.map(tie))],
  ]) {
    console.log(`| ${what} | ${figure} |`);
  }
  return 0;
});
