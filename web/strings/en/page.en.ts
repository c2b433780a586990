/** What the page says in English: the table that says which sentences there are. */

import { ISSUES } from "../../../predictor/issues.ts";
import { TROUBLES } from "../../troubles.ts";
import { FAULTS } from "../../worker/runtimeFailure.ts";
import { formatsOf } from "../formats.ts";
import { answer, targets } from "./answer.ts";
import { engine } from "./engine.ts";
import { gains } from "./gains.ts";
import { enHtml } from "./html.ts";
import { inputs } from "./inputs.ts";

export const en = {
  html: enHtml,
  formats: formatsOf("en"),
  /** A noun of a bundle, or the name of an input in words: "movie", "title". */
  term: (word: string) => word,
  /** A label or class of a bundle: "Comedy". */
  label: (name: string) => name,
  answer,
  targets,
  gains,
  inputs,
  engine,
  issues: ISSUES,
  troubles: TROUBLES,
  faults: FAULTS,
};

export type Strings = typeof en;
