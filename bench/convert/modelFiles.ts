/** Finds the TensorFlow.js models in folders, and reads them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { LayersArtifacts } from "../../pipeline/export/artifacts.ts";
import type { ConvertOptions } from "../../pipeline/export/convert.ts";
import { isGraphDef, readGraphDef } from "../../pipeline/export/graph/graphDef.ts";
import { portsOf } from "../../pipeline/export/graph/signature.ts";
import { readModelJson } from "../../pipeline/export/modelJson.ts";
import { InputError } from "../../predictor/errors.ts";

type ModelKind = "graph" | "layers";

/** A model on the disk. */
export interface ModelFile {
  readonly kind: ModelKind;
  readonly path: string;
  /** The path from the folder that all given paths are in. */
  readonly name: string;
  readonly json: { readonly modelTopology: unknown };
}

/**
 * The graph models among the files, and those in the folders at any depth, in the order of their paths.
 * @throws InputError for a path that does not exist, and where there is none.
 */
export function findGraphModels(paths: readonly string[]): ModelFile[] {
  const found = modelsIn(paths).filter(({ kind }) => kind === "graph");
  if (found.length === 0) throw new InputError("models", "there is no graph model in these paths");
  return found;
}

/** The same, with layers models among them. */
export function findModels(paths: readonly string[]): ModelFile[] {
  const found = modelsIn(paths);
  if (found.length === 0) throw new InputError("models", "there is no model in these paths");
  return found;
}

function modelsIn(paths: readonly string[]): ModelFile[] {
  const folder = commonFolder(paths);
  return paths.flatMap(jsonFiles).flatMap((path): ModelFile[] => {
    const json = parsed(path);
    if (!json) return [];
    const kind = kindOf(json);
    return kind ? [{ kind, path, name: relative(folder, path), json }] : [];
  });
}

function kindOf({ modelTopology }: ModelFile["json"]): ModelKind | undefined {
  if (isGraphDef(modelTopology)) return "graph";
  const config =
    (modelTopology as { model_config?: unknown; class_name?: unknown } | undefined) ?? {};
  return config.model_config || config.class_name ? "layers" : undefined;
}

function jsonFiles(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new InputError("models", `there is no ${path}`);
  if (!stats.isDirectory()) return path.endsWith(".json") ? [path] : [];
  return readdirSync(path)
    .sort()
    .flatMap((name) => jsonFiles(join(path, name)));
}

/** Undefined for what is no JSON, or not of a model. */
function parsed(path: string): ModelFile["json"] | undefined {
  try {
    const json = JSON.parse(readFileSync(path, "utf8"));
    return json?.modelTopology ? json : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The deepest folder that all paths are in; of a single folder itself. */
function commonFolder(paths: readonly string[]): string {
  const folders = paths.map((path) => {
    const whole = resolve(path);
    return (path.endsWith(".json") ? dirname(whole) : whole).split(sep);
  });
  const [first = []] = folders;
  const depth = first.findIndex((name, i) => folders.some((folder) => folder[i] !== name));
  return first.slice(0, depth < 0 ? undefined : depth).join(sep) || sep;
}

/** The model with its weights. @throws ConvertError for missing weight files. */
export function readArtifacts({ path, json }: ModelFile): Promise<LayersArtifacts> {
  return readModelJson(json, (shard) => readFile(join(dirname(path), shard)));
}

/** How many nodes the model has besides constants. */
export function countNodes({ json }: ModelFile): number {
  const { nodes } = readGraphDef(json.modelTopology);
  return [...nodes.values()].filter(({ op }) => op !== "Const").length;
}

/** The shapes, by names of inputs, that are for inputs of this model. */
export function inputOptions(
  artifacts: LayersArtifacts,
  shapes: ReadonlyMap<string, readonly number[]>,
): NonNullable<ConvertOptions["inputs"]> {
  const graph = readGraphDef(artifacts.modelTopology);
  const { inputs } = portsOf(graph, artifacts, {});
  return Object.fromEntries(
    inputs.flatMap(({ name }) => {
      const shape = shapes.get(name);
      return shape ? [[name, { shape }]] : [];
    }),
  );
}

/**
 * `name=1x224x224x3`, or `name=` for a single number.
 * @throws InputError for anything else.
 */
export function readShapes(texts: readonly string[]): Map<string, number[]> {
  return new Map(
    texts.map((text) => {
      const [, name, sizes] = /^(.+)=((?:\d+(?:x\d+)*)?)$/.exec(text) ?? [];
      if (name === undefined || sizes === undefined)
        throw new InputError("shapes", `${text} is not of the form name=1x224x224x3`);
      return [name, sizes === "" ? [] : sizes.split("x").map(Number)];
    }),
  );
}

/** `name=0.5`. @throws InputError for anything else. */
export function readValues(texts: readonly string[]): Map<string, number> {
  return new Map(
    texts.map((text) => {
      const [, name, number] = /^(.+)=(.+)$/.exec(text) ?? [];
      if (name === undefined || !Number.isFinite(Number(number)))
        throw new InputError("values", `${text} is not of the form name=0.5`);
      return [name, Number(number)];
    }),
  );
}
