/** The user's files -> the artifacts of a model. */

import type { LayersArtifacts } from "../../../pipeline/export/convert.ts";
import { ConvertError, reject } from "../../../pipeline/export/errors.ts";
import { readModelJson } from "../../../pipeline/export/modelJson.ts";
import type { ModelFile } from "../protocol.ts";

/** @throws ConvertError that names what is missing, unreadable or given twice. */
export async function readFiles(files: readonly ModelFile[]): Promise<LayersArtifacts> {
  const model = findModel(files);
  let json: unknown;
  try {
    json = JSON.parse(await model.file.text());
  } catch (error) {
    const why = error instanceof SyntaxError ? `it is not JSON (${error.message})` : String(error);
    reject(model.path, `the model cannot be read: ${why}`);
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

/** In the manifest's order, each once; what is no name is left to the converter, which says what is wrong. */
function namedShards(json: unknown): string[] {
  const { weightsManifest } = (json ?? {}) as { weightsManifest?: unknown };
  const groups: { paths?: unknown }[] = Array.isArray(weightsManifest) ? weightsManifest : [];
  const paths = groups.flatMap((group) => (Array.isArray(group?.paths) ? group.paths : []));
  return [...new Set(paths.filter((path) => typeof path === "string"))];
}

/** @throws ConvertError that names all that are missing in one sentence. */
function requireAll(
  shards: readonly string[],
  find: (shard: string) => ModelFile | undefined,
  model: string,
): void {
  const missing = shards.filter((shard) => !find(shard));
  if (missing.length === 0) return;
  const [are, them] = missing.length === 1 ? ["is", "it"] : ["are", "them"];
  const count = shards.length > 1 ? `${missing.length} of the ${shards.length} weight files` : "";
  reject(
    missing.join(", "),
    `${are} not among your files${count && `: ${count} that ${model} names`}; add ${them}`,
  );
}

function findModel(files: readonly ModelFile[]): ModelFile {
  const json = files.filter(({ path }) => path.toLowerCase().endsWith(".json"));
  const named = json.filter(({ path }) => baseName(path) === "model.json");
  const candidates = named.length > 0 ? named : json;
  if (candidates.length === 1) return candidates[0]!;
  const problem =
    candidates.length === 0
      ? { path: "model.json", message: "is not among your files; add it" }
      : {
          path: candidates.map(({ path }) => path).join(", "),
          message: "are several models; add the files of one model only",
        };
  throw new ConvertError([problem]);
}

/** By its path, or else by its name alone: files chosen one by one have no folders. */
function findShard(files: readonly ModelFile[], path: string): ModelFile | undefined {
  return (
    files.find((file) => file.path === path) ??
    files.find((file) => !file.path.includes("/") && file.path === baseName(path))
  );
}

const baseName = (path: string) => path.slice(path.lastIndexOf("/") + 1);
