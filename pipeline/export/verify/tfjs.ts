/** The original model in TensorFlow.js, which is loaded when it is first needed. */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { bytesOf, type LayersArtifacts } from "../artifacts.ts";
import { firstOf } from "../errors.ts";
import { isGraphDef } from "../graph/graphDef.ts";
import type { Cut } from "../graph/signature.ts";
import { type LayerDef, readTopology } from "../topology.ts";
import { weightFinder } from "../weightNames.ts";
import { readWeights } from "../weights.ts";
import { asKeras2, notComparable, type Reason } from "./keras2.ts";
import { NotCompared } from "./notCompared.ts";
import { openGraphModel } from "./tfjsGraph.ts";
import type { RunOriginal } from "./verify.ts";

type TfjsCore = typeof import("@tensorflow/tfjs-core");

interface Tfjs {
  tf: TfjsCore;
  layers: typeof import("@tensorflow/tfjs-layers");
}

async function loadTfjs(): Promise<TfjsCore> {
  const tf = await import("@tensorflow/tfjs-core");
  await import("@tensorflow/tfjs-backend-cpu");
  tf.env().set("PROD", true); // no banner
  await tf.setBackend("cpu");
  return tf;
}

/**
 * The original model on tfjs's cpu backend: slow, but it follows the definitions. What tfjs cannot load as it is, is
 * rewritten where that is possible.
 *
 * @param cut Of a graph model: where it was cut.
 * @throws NotCompared for layers that tfjs does not have or computes otherwise than the Keras that wrote the file.
 */
export async function openOriginal(artifacts: LayersArtifacts, cut?: Cut): Promise<RunOriginal> {
  const tf = await loadTfjs();
  if (isGraphDef(artifacts.modelTopology)) return openGraphModel(tf, artifacts, cut);
  const tfjs = { tf, layers: await import("@tensorflow/tfjs-layers") };
  const model = await loadAsIs(tfjs, artifacts).catch((error: Error) =>
    loadRewritten(tfjs, artifacts, error.message),
  );
  return runner(tfjs, model);
}

async function loadAsIs({ tf, layers }: Tfjs, artifacts: LayersArtifacts): Promise<LayersModel> {
  const source = bytesOf(artifacts.weightData);
  return layers.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: JSON.parse(JSON.stringify(artifacts.modelTopology)),
      weightSpecs: [...artifacts.weightSpecs] as never,
      weightData: source.read(0, source.byteLength).slice().buffer,
    }),
  );
}

/** `refusal` is what tfjs said to the file as it is. */
async function loadRewritten(
  tfjs: Tfjs,
  artifacts: LayersArtifacts,
  refusal: string,
): Promise<LayersModel> {
  const original = readTopology(artifacts.modelTopology);
  const reasons = notComparable(original);
  if (reasons.length > 0) throw new NotCompared(inWords(reasons));
  const { topology, layers } = asKeras2(original);
  try {
    const model = await tfjs.layers.models.modelFromJSON({ modelTopology: topology } as never);
    fillWeights(tfjs, model, { artifacts, layers });
    return model;
  } catch (error) {
    if (error instanceof NotCompared) throw error;
    // The converter's own mistake, perhaps: it took weights of other shapes than the layers have.
    if (/shape mismatch/i.test(refusal))
      throw new Error(`TensorFlow.js refuses the weights (${firstLine(refusal)})`);
    const again = error instanceof Error ? error.message : error;
    throw new NotCompared(
      `TensorFlow.js cannot load it (${firstLine(refusal)}), nor as rewritten for it (${firstLine(`${again}`)})`,
    );
  }
}

const firstLine = (text: string) => text.split("\n")[0] ?? "";

/** One clause per cause. */
function inWords(reasons: readonly Reason[]): string {
  const causes = new Map<string, string[]>();
  for (const { what, path, className } of reasons)
    causes.set(what, [...(causes.get(what) ?? []), `${path} (${className})`]);
  const clauses = [...causes].map(([what, paths]) => `it ${what}: ${firstOf(paths)}`);
  return `TensorFlow.js cannot serve as the reference for this model: ${clauses.join("; ")}`;
}

interface Source {
  artifacts: LayersArtifacts;
  /** By their names in the rewritten model. */
  layers: ReadonlyMap<string, LayerDef>;
}

function fillWeights({ tf }: Tfjs, model: LayersModel, { artifacts, layers }: Source): void {
  const find = weightFinder(readWeights(artifacts.weightSpecs, artifacts.weightData));
  for (const variable of model.weights) {
    const [first = "", ...rest] = variable.originalName.split("/");
    const layer = layers.get(first);
    const prefix = [layer?.name ?? first, ...rest.slice(0, -1)].join("/");
    // a .keras file has the two halves of a Bidirectional in attributes of its own
    const half = /^(forward|backward)_/.exec(rest[0] ?? "")?.[1];
    const place = layer && half ? { ...layer, stored: `${layer.stored}/${half}_layer` } : layer;
    const weight = place && find(prefix, rest.at(-1) ?? "", place);
    if (!weight) throw new NotCompared(`the weight ${variable.originalName} was not found for it`);
    const value = tf.tensor(Float32Array.from(weight.data), [...weight.shape]);
    variable.write(value);
    value.dispose();
  }
}

function runner({ tf }: Tfjs, model: LayersModel): RunOriginal {
  return (feeds) => {
    const byName = new Map(feeds.map((f) => [f.info.name, f]));
    return tf.tidy(() => {
      const inputs = model.inputs.map((input, i) => {
        // a Sequential has no input names, but one input only
        const feed = model.inputs.length === 1 ? feeds[0] : byName.get(model.inputNames[i] ?? "");
        if (!feed) throw new Error(`internal: no feed for ${model.inputNames[i]}`);
        return tf.tensor(feed.data, feed.shape, input.dtype as "float32");
      });
      const result = model.predict(inputs);
      return (Array.isArray(result) ? result : [result]).map((t) => ({
        shape: t.shape,
        data: t.dataSync(),
      }));
    });
  };
}
