/** The report's section on the network: its parts, a diagram, its layers, its tensors and its files. */

import { rulesOf } from "../targets/types.ts";
import { filesLeftOut } from "./caveats.ts";
import { formatCount, formatShape } from "./format.ts";
import { type Html, howToRead, html, table } from "./markup.ts";
import { networkDiagram } from "./network.ts";
import { precisionColumns, publishedRows } from "./precisionRows.ts";
import type { RunRecord, TensorRecord } from "./runRecord.ts";

export function modelSection({ model, graph, precisions, evaluation, dataset }: RunRecord): Html {
  const tensors = (list: readonly TensorRecord[], direction: string) =>
    list.map(({ name, type, shape }) => [direction, name, type, formatShape(shape)]);
  return html`
<p>${formatCount(model.parameters)} parameters in ${model.layers.length} layers. Trained parameters are those that training
changes; fixed ones are pretrained, fitted to the data before, or moments of features.</p>
${table(
  ["part", "inputs", "trained", "fixed"],
  model.parts.map(({ name, inputs, trained, fixed }) => [
    name,
    inputs.join(", ") || "-",
    formatCount(trained),
    formatCount(fixed),
  ]),
  [false, false, true, true],
)}
<figure>${networkDiagram(model, rulesOf({ type: evaluation.target }).texts.outputs(evaluation.labels.length, dataset))}
<figcaption>The network, from the inputs down: of every tower the layers with parameters, and what pools, normalises or drops
out in between, each with the size of its output without the batch.</figcaption></figure>
${howToRead(`follow an item from the top: each column is one group of inputs and can be left out by itself. Every column ends in
logits, a number for each output; the gates weigh them by how much is known of the item, and their sum is added to the prior,
which is all that is left of an answer without inputs.`)}
<details><summary>All ${model.layers.length} layers</summary>
${table(
  ["layer", "class", "output shape", "parameters"],
  model.layers.map(({ name, className, outputShape, parameters }) => [
    name,
    className,
    outputShape,
    formatCount(parameters),
  ]),
  [false, false, false, true],
)}</details>
<h3>ONNX graph</h3>
${table(
  ["", "tensor", "type", "shape"],
  [...tensors(graph.inputs, "input"), ...tensors(graph.outputs, "output")],
  [],
)}
<h3>Files</h3>
${table(precisionColumns(evaluation.metric), publishedRows(precisions), [false, true, true, true])}
${filesLeftOut(precisions).map((sentence) => html`<p>${sentence}</p>\n`)}`;
}
