/** Every test model of the tables, in one. */
import { CASES, type Make } from "./cases.ts";
import { IMAGES } from "./casesImage.ts";
import { MASKED } from "./casesMasked.ts";
import { NESTED } from "./casesNested.ts";
import { RECURRENT } from "./casesRecurrent.ts";

export const ALL_CASES: Readonly<Record<string, Make>> = {
  ...CASES,
  ...IMAGES,
  ...RECURRENT,
  ...MASKED,
  ...NESTED,
};
