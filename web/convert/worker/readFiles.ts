/** The user's files -> the artifacts of a model. */

import type { LayersArtifacts } from "../../../pipeline/export/convert.ts";
import { readModelJson } from "../../../pipeline/export/modelJson.ts";
import type { FileProblem, ModelFile } from "../protocol.ts";

/** The files are not those of a model. */
export class WrongFiles extends Error {
  readonly problem: FileProblem;

  constructor(problem: FileProblem) {
    super(problem.kind);
    this.problem = problem;
  }
}

/** @throws WrongFiles that says what is missing, unreadable or given twice, ConvertError if model.json is not as it must be. */
export async function readFiles(files: readonly ModelFile[]): Promise<LayersArtifacts> {
  const model = findModel(files);
  let json: unknown;
  try {
    json = JSON.parse(await model.file.text());
  } catch (error) {
    const [kind, reason] =
      error instanceof SyntaxError
        ? (["notJson", error.message] as const)
        : (["notRead", String(error)] as const);
    throw new WrongFiles({ kind, path: model.path, reason });
  }
  const folder = model.path.slice(0, model.path.lastIndexOf("/") + 1);
  const find = (shard: string) => findShard(files, folder + shard) ?? findShard(files, shard);
  requireAll(namedShards(json), find, model.path);
  return readModelJson(json, async (shard) => {
    const found = find(shard);
    if (!found) throw new Error("it is not among your files");
    return new Uint8Array(await found.file.arrayBuffer());
  });
}

/** In the manifest's order, each once; what is not a name is left to the converter, which says what is wrong. */
function namedShards(json: unknown): string[] {
  const { weightsManifest } = (json ?? {}) as { weightsManifest?: unknown };
  const groups: { paths?: unknown }[] = Array.isArray(weightsManifest) ? weightsManifest : [];
  const paths = groups.flatMap((group) => (Array.isArray(group?.paths) ? group.paths : []));
  return [...new Set(paths.filter((path) => typeof path === "string"))];
}

/** @throws WrongFiles with all that are missing. */
function requireAll(
  shards: readonly string[],
  find: (shard: string) => ModelFile | undefined,
  model: string,
): void {
  const missing = shards.filter((shard) => !find(shard));
  if (missing.length === 0) return;
  throw new WrongFiles({ kind: "missing", shards: missing, of: shards.length, model });
}

function findModel(files: readonly ModelFile[]): ModelFile {
  const json = files.filter(({ path }) => path.toLowerCase().endsWith(".json"));
  const named = json.filter(({ path }) => baseName(path) === "model.json");
  const candidates = named.length > 0 ? named : json;
  if (candidates.length === 1) return candidates[0]!;
  throw new WrongFiles(
    candidates.length === 0
      ? { kind: "noModel" }
      : { kind: "severalModels", paths: candidates.map(({ path }) => path) },
  );
}

/** By its path, or else by its name alone: files chosen one by one have no folders. */
function findShard(files: readonly ModelFile[], path: string): ModelFile | undefined {
  return (
    files.find((file) => file.path === path) ??
    files.find((file) => !file.path.includes("/") && file.path === baseName(path))
  );
}

const baseName = (path: string) => path.slice(path.lastIndexOf("/") + 1);
