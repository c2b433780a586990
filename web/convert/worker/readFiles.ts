/** The user's files -> the artifacts of a model. */

import type { LayersArtifacts } from "../../../pipeline/export/convert.ts";
import { ConvertError, reject } from "../../../pipeline/export/errors.ts";
import { readModelJson } from "../../../pipeline/export/modelJson.ts";
import type { GivenFile } from "../protocol.ts";

/** @throws ConvertError that names what is missing, unreadable or given twice. */
export async function readFiles(files: readonly GivenFile[]): Promise<LayersArtifacts> {
  const model = findModel(files);
  let json: unknown;
  try {
    json = JSON.parse(await model.file.text());
  } catch (error) {
    const why = error instanceof SyntaxError ? `it is not JSON (${error.message})` : String(error);
    reject(model.path, `the model cannot be read: ${why}`);
  }
  const folder = model.path.slice(0, model.path.lastIndexOf("/") + 1);
  return readModelJson(json, async (shard) => {
    const found = findShard(files, folder + shard) ?? findShard(files, shard);
    if (!found) throw new Error("it is not among the files you gave");
    return new Uint8Array(await found.file.arrayBuffer());
  });
}

function findModel(files: readonly GivenFile[]): GivenFile {
  const json = files.filter(({ path }) => path.toLowerCase().endsWith(".json"));
  const named = json.filter(({ path }) => baseName(path) === "model.json");
  const candidates = named.length > 0 ? named : json;
  if (candidates.length === 1) return candidates[0]!;
  const problem =
    candidates.length === 0
      ? { path: "model.json", message: "is not among the files you gave; give it too" }
      : {
          path: candidates.map(({ path }) => path).join(", "),
          message: "are several models; give the files of one",
        };
  throw new ConvertError([problem]);
}

/** By its path, or else by its name alone: files given one by one have no folders. */
function findShard(files: readonly GivenFile[], path: string): GivenFile | undefined {
  return (
    files.find((given) => given.path === path) ??
    files.find((given) => !given.path.includes("/") && given.path === baseName(path))
  );
}

const baseName = (path: string) => path.slice(path.lastIndexOf("/") + 1);
