/**
 * `node --import tsx bench/parity.ts [--model FOLDER]`: compares the answers of Node and of every browser that is installed, for
 * every MovieLens poster, by itself and with its movie's title and ratings. Takes a few minutes for each browser.
 */
import { cpus } from "node:os";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { type Comparison, compareResults } from "../test/browser/parity/compare.ts";
import { HAS_MOVIELENS, jobsOf, moviePosters } from "../test/browser/parity/posters.ts";
import { BROWSERS, buildParity, openNode } from "../test/browser/parity/runtimes.ts";

const program = {
  name: "node --import tsx bench/parity.ts",
  description:
    "Compares the answers of Node and browsers for every poster of MovieLens 1M, whose folder $MARQUEE_ML1M names.",
  schema: z.strictObject({
    model: z.string().min(1).default("models/ml1m").describe("bundle"),
  }),
};

await runCommand(program, async ({ model }) => {
  if (!HAS_MOVIELENS) {
    throw new Error("the MovieLens data set is missing; set MARQUEE_ML1M to its folder");
  }
  const posters = await moviePosters();
  const names = posters.map(({ name }) => name);
  const jobs = await jobsOf(posters, 1);
  const node = await openNode(model);
  const expected = await node.run(jobs);
  await node.close();
  console.log(
    `${cpus()[0]?.model.trim()}, node ${process.version}, ${model}, ${posters.length} posters`,
  );
  const script = await buildParity(model);
  for (const browser of BROWSERS.filter(({ name }) => !name.includes("fingerprinting"))) {
    const opened = await browser.open(script.folder);
    if (typeof opened === "string") {
      console.error(opened);
      continue;
    }
    const actual = await opened.run(jobs);
    await opened.close();
    console.log(`\n${opened.agent}\n`);
    print(compareResults(names, expected, actual));
  }
  await script.remove();
  return 0;
});

function print({ decoded, refused, differ, answers, ties, maxDelta }: Comparison): void {
  const tie = ({ name, gap }: { name: string; gap: number }) =>
    `${name} (${gap.toExponential(1)} apart)`;
  const count = (some: readonly string[]) => `${some.length}${some.length ? `: ${some}` : ""}`;
  console.log("| posters and answers | result |\n| --- | --- |");
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
}
