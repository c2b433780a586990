/** What reports say of texts. */

import { basename } from "node:path";
import type { TextSpec } from "../../../predictor/inputs/text.ts";
import { listOf } from "../../../predictor/listOf.ts";
import { tokenCount } from "../../../predictor/preprocess/title.ts";
import type {
  DescribeTower,
  InputFacts,
  PredictExample,
  TowerWords,
} from "../../report/inputReport.ts";
import { describeBeside } from "../number/report.ts";
import type { TextInput } from "./fit.ts";
import { hasNgrams, type TextOptions, wordWeightOf } from "./options.ts";

export const textFacts: InputFacts<TextInput> = ({ spec, words }) => ({
  "Words with their own id": spec.vocabulary.length,
  "Character n-grams": hasNgrams({ ...spec, ...spec.ngrams })
    ? `${spec.ngrams.min} to ${spec.ngrams.max} characters, hashed into ${spec.ngrams.buckets} buckets`
    : "none",
  "Token ids": tokenCount(spec),
  ...(words
    ? {
        "Pretrained word vectors": `${words.table.length / words.dimensions} of ${words.dimensions} dimensions`,
      }
    : {}),
  "Words per text, pieces per word": `${spec.maxWords}, ${spec.piecesPerWord}`,
  ...(spec.repeats === "doubling"
    ? { "Occurrences of a word that are read": "the 1st, 2nd, 4th, 8th and so on" }
    : {}),
});

export const describeText: DescribeTower<TextInput> = ({ number, main, parts }, words) => {
  const texts = listOf(parts.map(({ name }) => name));
  const together = parts.length > 1 ? `; ${texts} are read one after another` : "";
  return `${describe(main.options, number && describeBeside(number), words)}${together}.`;
};

/** @param number Beside the text, if there is one. */
function describe(
  config: TextOptions,
  number: ReturnType<typeof describeBeside> | undefined,
  { regression, margins, labels }: TowerWords,
): string {
  const { encoder, bidirectional, attention, embeddings, embeddingsDimensions } = config;
  const { backboneRole, backbone } = config;
  const projected =
    embeddingsDimensions > 0
      ? `, projected to the ${embeddingsDimensions} dimensions that are most informative about ${labels}`
      : "";
  const taught =
    backboneRole === "teacher"
      ? `, beside as many that the encoder ${basename(backbone!)} taught, which have a regression of their own`
      : "";
  const also = embeddings === undefined ? "" : `, and pretrained word vectors${projected}${taught}`;
  if (encoder === "linear") {
    const bumps = number === undefined ? "" : `, ${number.fixed}`;
    const fitted = config.regression === "svm" && margins !== undefined ? margins : regression;
    const weight = wordWeightOf(config);
    const weighed = weight === 1 ? "" : ` (each counts ${weight} times)`;
    const ngrams = hasNgrams(config) ? " and of their hashed character n-grams" : "";
    return `${fitted} on the TF-IDF of words${weighed}${ngrams}${bumps}${also}`;
  }
  const network = `${bidirectional ? "a bidirectional" : "a"} ${encoder.toUpperCase()} over`;
  const words = hasNgrams(config)
    ? {
        mean: "its words and of their hashed character n-grams",
        steps:
          "its words, each the mean of the embeddings of the word and its hashed character n-grams",
      }
    : { mean: "its words", steps: "the embeddings of its words" };
  const read =
    encoder === "bag" ? `the mean of the embeddings of ${words.mean}` : `${network} ${words.steps}`;
  const attended = attention === "none" ? "" : `, with ${attention} attention`;
  const steps = number === undefined ? "" : `, with ${number.learned}`;
  return `${read}${attended}${steps}${also}`;
}

/** Words of an example, of the more telling ones. */
const WORDS = 4;
const TELLING_CHARACTERS = 4;

export const textExample: PredictExample<TextSpec> = {
  value({ form, vocabulary, maxCharacters }) {
    const words = vocabulary.filter(({ length }) => length >= TELLING_CHARACTERS).slice(0, WORDS);
    const text = form === "title" ? "The Lantern of Doom (1987)" : words.join(" ") || "any text";
    return text.slice(0, maxCharacters);
  },
};
