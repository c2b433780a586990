/** The table of the types of inputs for the page: the only place in web/page/ that lists them. */

import type { InputSpec } from "../../../predictor/inputs/types.ts";
import { category } from "./category.ts";
import { image } from "./image.ts";
import { number } from "./number.ts";
import type { PageType } from "./pageType.ts";
import { ratings } from "./ratings.ts";
import { sequence } from "./sequence.ts";
import { text } from "./text.ts";

const TYPES = { text, image, ratings, number, category, sequence };

/** What the page has to know of an input's type. */
export function pageType({ type }: InputSpec): PageType<InputSpec, unknown> {
  return TYPES[type] as unknown as PageType<InputSpec, unknown>;
}
