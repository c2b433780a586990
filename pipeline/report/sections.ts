/** The sections of the report in reading order: the result comes first. */

import { listOf } from "../../predictor/listOf.ts";
import { capitalised, withArticle } from "../../predictor/nouns.ts";
import { rulesOf } from "../targets/types.ts";
import { dataSection } from "./data.ts";
import { experiments } from "./experiments.ts";
import { type Html, html } from "./markup.ts";
import { modelSection } from "./modelSection.ts";
import { resultsSection } from "./results.ts";
import type { RunRecord } from "./runRecord.ts";

export interface Section {
  readonly title: string;
  readonly body: Html;
}

export function renderSections(run: RunRecord): Section[] {
  return [
    { title: "Results", body: resultsSection(run) },
    { title: "Preprocess", body: dataSection(run) },
    { title: "Approach", body: approach(run) },
    { title: "Model", body: modelSection(run) },
    { title: "Experiments", body: experiments(run) },
  ];
}

function approach({ model, config, dataset, evaluation }: RunRecord): Html {
  const { nouns, inputs, isMovies } = dataset;
  const has = isMovies
    ? "A movie has up to three inputs: its title with the release year, its poster, and its ratings. Any of them may be missing."
    : inputs.length === 1
      ? `${capitalised(withArticle(nouns.item))} has one input, ${inputs[0]}, which may be missing.`
      : `${capitalised(withArticle(nouns.item))} has up to ${inputs.length} inputs: ${listOf(inputs)}. Any of them may be missing.`;
  return html`
<p>${has} The model predicts ${rulesOf({ type: evaluation.target }).texts.output(dataset)}.</p>
${model.description.map((line) => html`<p>${line}</p>\n`)}
<details><summary>Configuration, with all defaults</summary>
<pre>${JSON.stringify(config, undefined, 2)}</pre></details>`;
}
