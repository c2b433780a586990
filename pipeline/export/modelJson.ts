/** Reads a `model.json` and its weight files; the caller passes the function that loads a file. */
import { type ByteSource, type LayersArtifacts, totalBytes, type WeightSpec } from "./artifacts.ts";
import { isRecord, type LayerConfig } from "./config.ts";
import { type ConversionIssue, ConvertError, reject } from "./errors.ts";
import { storedBytes } from "./weights.ts";

/**
 * Loads a weight file named in the manifest, relative to model.json, or opens it to be read when a weight is needed.
 * Rejects with an Error that says why.
 */
export type LoadShard = (path: string) => Promise<Uint8Array | ByteSource>;

/**
 * The artifacts of a parsed `model.json`. The files of one manifest group are joined in order, for tensors may lie
 * across their borders. Throws ConvertError with every missing or short file.
 *
 * @example
 * import { convert, readModelJson } from "tfjs-to-onnx";
 *
 * const json = {
 *   modelTopology: {
 *     class_name: "Sequential",
 *     config: [{ class_name: "Dense", config: { name: "sum", units: 1, batch_input_shape: [null, 2] } }],
 *   },
 *   weightsManifest: [{
 *     paths: ["weights.bin"],
 *     weights: [
 *       { name: "sum/kernel", shape: [2, 1], dtype: "float32" },
 *       { name: "sum/bias", shape: [1], dtype: "float32" },
 *     ],
 *   }],
 * };
 * const load = async () => new Uint8Array(Float32Array.of(1, 1, 0).buffer);
 * const { ops } = convert(await readModelJson(json, load));
 * console.log(Object.keys(ops).join(", ")); // prints MatMul, Add
 */
export async function readModelJson(json: unknown, load: LoadShard): Promise<LayersArtifacts> {
  if (!isRecord(json)) reject("model.json", "must hold a JSON object");
  if (!("modelTopology" in json))
    reject("model.json", "has no modelTopology; it is not a model saved by TensorFlow.js");
  const manifest = json.weightsManifest ?? [];
  if (!Array.isArray(manifest)) reject("model.json", "weightsManifest must be a list");
  const issues: ConversionIssue[] = [];
  const groups = await Promise.all(
    manifest.map((group, i) => readGroup(group, `weightsManifest[${i}]`, load, issues)),
  );
  if (issues.length > 0) throw new ConvertError(issues);
  return {
    modelTopology: json.modelTopology,
    weightSpecs: groups.flatMap((g) => g.specs),
    weightData: groups.flatMap((g) => g.files),
    ...(isRecord(json.signature) ? { signature: json.signature } : {}),
    ...(isRecord(json.userDefinedMetadata)
      ? { userDefinedMetadata: json.userDefinedMetadata }
      : {}),
    ...(typeof json.generatedBy === "string" ? { generatedBy: json.generatedBy } : {}),
    ...(typeof json.convertedBy === "string" ? { convertedBy: json.convertedBy } : {}),
  };
}

interface WeightGroup {
  specs: WeightSpec[];
  files: (Uint8Array | ByteSource)[];
}

async function readGroup(
  group: unknown,
  at: string,
  load: LoadShard,
  issues: ConversionIssue[],
): Promise<WeightGroup> {
  const { paths, weights } = (isRecord(group) ? group : {}) as LayerConfig;
  if (
    !Array.isArray(paths) ||
    !Array.isArray(weights) ||
    paths.some((p) => typeof p !== "string")
  ) {
    issues.push({ path: at, message: "must have paths and weights" });
    return { specs: [], files: [] };
  }
  const loaded = await Promise.all(
    paths.map(async (path: string) => {
      try {
        return await load(path);
      } catch (error) {
        issues.push({
          path,
          message: `the weight file cannot be read: ${error instanceof Error ? error.message : error}`,
        });
        return undefined;
      }
    }),
  );
  const specs = weights as WeightSpec[];
  const files = loaded.filter((f) => f !== undefined);
  const given = totalBytes(files);
  const expected = specs
    .map(storedBytes)
    .reduce<number | undefined>(
      (n, s) => (n === undefined || s === undefined ? undefined : n + s),
      0,
    );
  if (files.length === loaded.length && expected !== undefined && expected !== given) {
    const relation = given < expected ? "truncated" : "too long";
    issues.push({
      path: paths.join(", "),
      message: `the weights are ${relation}: the manifest describes ${expected} bytes, the files hold ${given}`,
    });
  }
  return { specs, files };
}
