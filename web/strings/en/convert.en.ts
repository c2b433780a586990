/** What the converter page says in English. */

import { formatsOf } from "../formats.ts";
import { enHtml } from "./convertHtml.ts";

const { number } = formatsOf("en");

export const en = {
  html: enHtml,
  formats: formatsOf("en"),

  /** What the worker is doing. */
  steps: {
    reading: "Reading the files",
    converting: "Converting",
    comparing: "Running the original and the result on random inputs",
  },
  download: (file: string) => `Download ${file}`,
  size: "Size",
  /** @param weights Size of the weight files. */
  sizes: (onnx: string, weights: string) => `${onnx} (weight files: ${weights})`,
  weights: "Weights",
  storedAs: (count: number, precision: string) => `${number(count)}, stored as ${precision}`,
  graph: "Graph",
  operatorsFromLayers: (operators: number, layers: number) =>
    `${number(operators)} operators from ${number(layers)} layers`,
  operatorsFromNodes: (operators: number, nodes: number) =>
    `${number(operators)} operators from ${number(nodes)} nodes`,
  convertedIn: "Converted in",
  nodes: "Nodes",
  layers: "Layers",
  notCompared: (reason: string) => `not compared: ${reason}`,
  /** Heads of tables. */
  heads: {
    name: "name",
    type: "type",
    shape: "shape",
    operator: "operator",
    count: "count",
    node: "node",
    layer: "layer",
    class: "class",
    output: "output",
    largestError: "largest error",
    relative: "relative",
    againstFp32: "against fp32",
  },
  input: "input",
  output: "output",

  /** Behind the place of a problem, as a sentence without a full stop. */
  sameAt: (others: string) => `; the same at ${others}`,
  noModel: "is not among your files; add it",
  severalModels: "are several models; add the files of one model only",
  notRead: (reason: string) => `the model cannot be read: ${reason}`,
  notJson: (reason: string) => `the model cannot be read: it is not JSON (${reason})`,
  /** @param of How many weight files the model has. */
  missing: (missing: number, of: number, model: string) =>
    `${missing === 1 ? "is" : "are"} not among your files${of > 1 ? `: ${number(missing)} of the ${number(of)} weight files that ${model} names` : ""}; add ${missing === 1 ? "it" : "them"}`,
  converter: "converter",
  notStarted: "it could not be started, or ran out of memory",
};

export type ConvertStrings = typeof en;
