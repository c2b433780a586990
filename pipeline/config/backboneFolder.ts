/** Folders with a pretrained encoder as ONNX, laid out as Transformers.js has them: which files are where. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { InputError } from "../../predictor/errors.ts";

export interface BackboneFolder {
  readonly folder: string;
  /** Path of the ONNX file. */
  readonly graph: string;
}

/** What the network of a folder reads. */
export type BackboneKind = "pixels" | "words";

/** Names of the ONNX file, in order; models of texts and images have one for each. */
const GRAPHS: Readonly<Record<BackboneKind, readonly string[]>> = {
  pixels: ["vision_model.onnx", "model.onnx"],
  words: ["text_model.onnx", "model.onnx"],
};

/** Names of the files beside it that say how its input is prepared. */
export const PREPARATION: Readonly<Record<BackboneKind, readonly string[]>> = {
  pixels: ["preprocessor_config.json"],
  words: ["tokenizer.json", "tokenizer_config.json", "config.json"],
};

/** Whether a backbone is an ONNX file or a folder with one: anything else is a TensorFlow.js model. */
export function isOnnxBackbone(source: string): boolean {
  return (
    source.endsWith(".onnx") || statSync(source, { throwIfNoEntry: false })?.isDirectory() === true
  );
}

/**
 * @param source A folder, or an ONNX file in it or in its `onnx/`.
 * @param field Of the options, for errors.
 * @throws InputError naming what is missing.
 */
export function findBackbone(source: string, kind: BackboneKind, field: string): BackboneFolder {
  if (!existsSync(source)) throw new InputError(field, `${source} does not exist`);
  if (source.endsWith(".onnx")) {
    const above = dirname(source);
    return { folder: basename(above) === "onnx" ? dirname(above) : above, graph: source };
  }
  const found = GRAPHS[kind].map((name) => join(source, "onnx", name)).find(existsSync);
  if (found !== undefined) return { folder: source, graph: found };
  const others = onnxFiles(join(source, "onnx"));
  throw new InputError(
    field,
    `${source} has no onnx/${GRAPHS[kind].join(" or onnx/")}${others.length > 0 ? `; name one of its files: ${others.join(", ")}` : ""}`,
  );
}

function onnxFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".onnx"))
    .map((name) => join(folder, name));
}

/** @throws InputError if there is no such file, or if it is not JSON. */
export function readJsonFile(folder: string, name: string, field: string): object {
  const text = readTextFile(folder, name, field);
  try {
    return JSON.parse(text) as object;
  } catch (error) {
    throw new InputError(field, `${join(folder, name)} is not JSON: ${(error as Error).message}`);
  }
}

export function readTextFile(folder: string, name: string, field: string): string {
  try {
    return readFileSync(join(folder, name), "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(
      field,
      code === "ENOENT"
        ? `${folder} has no ${name}, which says how its input is prepared`
        : message,
    );
  }
}
