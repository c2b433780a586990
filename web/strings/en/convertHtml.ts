/** Sentences in convert.html; code stands between backquotes. */

import { enCommon } from "./common.en.ts";

export const enHtml = {
  ...enCommon,
  documentTitle: "Marquee: TensorFlow.js to ONNX",
  description: "Converts TensorFlow.js models to ONNX, on your own device.",
  skip: "Skip to the result",
  heading: "TensorFlow.js in, ONNX out",
  intro:
    "Converts a layers model, as saved by `model.save()`, or a graph model to an ONNX file for any runtime. Everything is computed on this device, and no file leaves it.",
  files: "The model's files",
  drop: "Drop `model.json` and its `.bin` files here, or the folder they are in, or",
  chooseFiles: "Choose files",
  chooseFolder: "Choose a folder",
  fileInput: "Model files",
  folderInput: "Folder of a model",
  given: "Your files",
  removeAll: "Remove all",
  sampleHint:
    "No model at hand? The sample takes a picture and a text, and gives three classes; its weights are random.",
  sample: "Convert a sample model",
  precision: "Precision of the weights",
  fp32: "unchanged",
  fp16: "half the size, for GPUs",
  fp16Weights: "half the size, computed in fp32",
  q8: "8 bits with one scale per output channel, about a quarter of the size",
  compare: "Compare with the original",
  compareHint: "Both run on the same random inputs; you only get a file if they agree.",
  convert: "Convert",
  result: "Result",
  idle: "The ONNX file appears here, with a table that compares its outputs with the original's. All TensorFlow.js layers are supported except those that ONNX cannot express; the page names them. The same goes for the operators of graph models.",
  starting: "Starting",
  failed: "The model cannot be converted",
  compared: "Compared with the original",
  converted: "Converted",
  download: "Download",
  notes: "Notes",
  relativeHint:
    "Relative errors are relative to an output's largest value. Inputs are random, at two batch sizes.",
  tensors: "Inputs and outputs",
  operators: "Operators",
  layers: "Layers",
};
