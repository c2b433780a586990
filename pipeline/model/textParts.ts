/** What the parts of a text's tower have in common. */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { TitleSpec } from "../../predictor/preprocess/title.ts";
import type { WordVectorFit } from "../fit/wordVectors.ts";
import type { NumberBeside } from "./number.ts";

/** One of the texts that a tower reads one after another. */
export interface TextPart {
  /** Name of the input. */
  readonly name: string;
  /** Number of its words. */
  readonly words: number;
  /** How often a word of it counts, in the linear encoder. */
  readonly weight: number;
}

export interface TextParts {
  /** Name of the input, or of the group of several; prefix of the layers' names. */
  readonly input: string;
  /** Whose words add up to those of `spec`. */
  readonly texts: readonly TextPart[];
  /** A number that shares the tower. */
  readonly number?: NumberBeside | undefined;
  readonly spec: TitleSpec;
  /** Pretrained word vectors. */
  readonly words: WordVectorFit | undefined;
  /** Standardised features of the texts' pretrained encoder [B, features of all texts]; undefined without. */
  readonly pretrained?: SymbolicTensor | undefined;
  readonly labels: number;
}

/** Which of a tower's words are those of each text. */
export function placesOf(
  texts: readonly Pick<TextPart, "words">[],
): { readonly first: number; readonly rows: number }[] {
  let end = 0;
  return texts.map(({ words }) => {
    end += words;
    return { first: end - words, rows: words };
  });
}
