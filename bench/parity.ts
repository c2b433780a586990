/**
 * `node --import tsx bench/parity.ts [bundle]`: every MovieLens poster through Node and through Chromium, each by itself
 * and with its movie's title and ratings. Takes some minutes.
 */
import { cpus } from "node:os";
import { compareRuntimes } from "../test/browser/parity/compare.ts";
import { HAS_MOVIELENS, moviePosters } from "../test/browser/parity/posters.ts";
import { openRuntimes } from "../test/browser/parity/runtimes.ts";

const [model = "models/ml1m"] = process.argv.slice(2);
if (!HAS_MOVIELENS)
  throw new Error("the MovieLens data is not here; set MARQUEE_ML1M to its folder");
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
console.log("| what | figure |\n| --- | --- |");
const tie = ({ name, gap }: { name: string; gap: number }) =>
  `${name} (${gap.toExponential(1)} apart)`;
const count = (names: readonly string[]) => `${names.length}${names.length ? `: ${names}` : ""}`;
for (const [what, figure] of [
  ["decoded by both", decoded],
  ["refused by both, in the same words", refused],
  ["refused by one, or in other words", count(differ.refusal)],
  ["other pixels", count(differ.pixels)],
  ["other poster tensors", count(differ.tensor)],
  ["answers compared", answers],
  ["largest difference of a probability", maxDelta.toExponential(2)],
  ["answers with another order of the first five labels", count(differ.order)],
  ["ties: labels that changed places", count(ties.map(tie))],
]) {
  console.log(`| ${what} | ${figure} |`);
}
