/** What the parts of a text's tower have in common. */

import type { TitleSpec } from "../../predictor/preprocess/title.ts";
import type { WordVectorFit } from "../fit/wordVectors.ts";
import type { NumberBeside } from "./number.ts";

export interface TextParts {
  /** Name of the input; prefix of the layers' names. */
  readonly input: string;
  /** A number that shares the tower. */
  readonly number?: NumberBeside | undefined;
  readonly spec: TitleSpec;
  /** Pretrained word vectors. */
  readonly words: WordVectorFit | undefined;
  readonly labels: number;
}
