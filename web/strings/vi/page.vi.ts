/** What the page says in Vietnamese. */

import type { Strings } from "../en/page.en.ts";
import { formatsOf } from "../formats.ts";
import { answer, targets } from "./answer.ts";
import { engine } from "./engine.ts";
import { gains } from "./gains.ts";
import { viHtml } from "./html.ts";
import { inputs } from "./inputs.ts";
import { issues } from "./issues.ts";
import { label, term } from "./terms.ts";
import { faults, troubles } from "./troubles.ts";

export const vi: Strings = {
  html: viHtml,
  formats: formatsOf("vi"),
  term,
  label,
  answer,
  targets,
  gains,
  inputs,
  engine,
  issues,
  troubles,
  faults,
};
