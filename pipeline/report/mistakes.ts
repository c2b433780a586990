/** The report's list of the items that the model gets most wrong. */

import { type Html, html, table } from "./markup.ts";
import type { RunRecord } from "./runRecord.ts";

export function mistakesSection({ mistakes, evaluation, dataset }: RunRecord): Html | string {
  if (mistakes.length === 0) return "";
  const { metric, nouns, fullRow } = evaluation;
  return html`<h3>Most wrong</h3>
<p>The ${nouns.items} of the ${dataset.evaluatedOn} split with the worst ${metric} of “${fullRow}”, the worst first; of equally
bad ones, the most confident. Look for what they have in common: an input that is missing, a label that the data set has
wrong, or a kind of ${nouns.item} that training has seen too rarely.</p>
${table(
  [nouns.item, "true", "answer, with probabilities", metric],
  mistakes.map(({ name, truth, answer, score }) => [name, truth, answer, score]),
  [false, false, false, true],
)}`;
}
