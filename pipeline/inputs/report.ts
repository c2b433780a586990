/** What reports say of inputs and their towers. These are the tables for this stage. */

import type { PosterStore } from "../dataset/posterCache.ts";
import type { Group, TowerInput } from "../model/modelInputs.ts";
import type { DescribeTower, Facts, InputFacts, TargetWords } from "../report/inputReport.ts";
import { categoryFacts } from "./category/report.ts";
import type { FittedInput } from "./fit.ts";
import { describeImage, imageFacts } from "./image/report.ts";
import { numberFacts } from "./number/report.ts";
import { describeRatings, ratingsFacts } from "./ratings/report.ts";
import { describeSequence, sequenceFacts } from "./sequence/report.ts";
import { describeTable } from "./table/report.ts";
import { describeText, textFacts } from "./text/report.ts";

const FACTS = {
  text: textFacts,
  image: imageFacts,
  ratings: ratingsFacts,
  number: numberFacts,
  category: categoryFacts,
  sequence: sequenceFacts,
};

const TOWERS = {
  text: describeText,
  image: describeImage,
  ratings: describeRatings,
  sequence: describeSequence,
  table: describeTable,
};

export function factsOf(input: FittedInput, name: string, posters: PosterStore): Facts {
  return (FACTS[input.type] as InputFacts<FittedInput>)(input, name, posters);
}

/** How a tower computes its logits. */
export function describeTower(group: Group, words: TargetWords): string {
  return (TOWERS[group.main.type] as unknown as DescribeTower<TowerInput>)(group, words);
}
