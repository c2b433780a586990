/** What reports say of inputs and their towers. These are the tables for this stage. */

import { valueKeys } from "../../node/options/predictKeys.ts";
import { flagOf } from "../../node/options/setting.ts";
import { quoteArgument } from "../../node/shell.ts";
import type { InputSpec, InputSpecs } from "../../predictor/inputs/types.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import type { Group, TowerInput } from "../model/modelInputs.ts";
import type {
  DescribeTower,
  Facts,
  InputFacts,
  PredictExample,
  TowerWords,
} from "../report/inputReport.ts";
import { categoryExample, categoryFacts } from "./category/report.ts";
import type { FittedInput } from "./fit.ts";
import { describeImage, imageExample, imageFacts } from "./image/report.ts";
import { numberExample, numberFacts } from "./number/report.ts";
import { describeRatings, ratingsExample, ratingsFacts } from "./ratings/report.ts";
import { describeSequence, sequenceExample, sequenceFacts } from "./sequence/report.ts";
import { describeTable } from "./table/report.ts";
import { describeText, textExample, textFacts } from "./text/report.ts";

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

const EXAMPLES = {
  text: textExample,
  image: imageExample,
  ratings: ratingsExample,
  number: numberExample,
  category: categoryExample,
  sequence: sequenceExample,
};

/** An option of `npm run predict` with a value: of the first input that takes no file, if there is one. */
export function predictExample(specs: InputSpecs): string {
  const examples = Object.entries(specs).map(([name, spec]) => {
    const { value, isFile } = EXAMPLES[spec.type] as PredictExample<InputSpec>;
    return { name, isFile, text: value(spec, name) };
  });
  const { name, text } = examples.find(({ isFile }) => !isFile) ?? examples[0]!;
  const flag = flagOf([valueKeys(Object.keys(specs))[name]!]);
  // What begins with a dash would be taken for another option.
  return text.startsWith("-") ? `${flag}=${text}` : `${flag} ${quoteArgument(text)}`;
}

export function factsOf(input: FittedInput, name: string, posters: PosterStore): Facts {
  return (FACTS[input.type] as InputFacts<FittedInput>)(input, name, posters);
}

/** How a tower computes its logits. */
export function describeTower(group: Group, words: TowerWords): string {
  return (TOWERS[group.main.type] as unknown as DescribeTower<TowerInput>)(group, words);
}
