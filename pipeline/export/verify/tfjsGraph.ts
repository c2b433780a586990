/** An original graph model in tfjs-converter's GraphModel, which is loaded when it is first needed. */
import type * as tfc from "@tensorflow/tfjs-core";
import { bytesOf, type LayersArtifacts } from "../artifacts.ts";
import { reject } from "../errors.ts";
import { dtypeOf } from "../graph/attrs.ts";
import { type Edge, readGraphDef } from "../graph/graphDef.ts";
import { type Cut, portsOf } from "../graph/signature.ts";
import type { OutputValues } from "./measure.ts";
import type { RunOriginal } from "./verify.ts";

type GraphModel = Awaited<ReturnType<typeof import("@tensorflow/tfjs-converter").loadGraphModel>>;

const nameOf = ({ node, index }: Edge) => (index === 0 ? node : `${node}:${index}`);

/**
 * The graph model, or what `cut` leaves of it, in `tf`, whose backend is set.
 *
 * @throws ConvertError where `@tensorflow/tfjs-converter` is not installed.
 */
export async function openGraphModel(
  tf: Omit<typeof tfc, "default">,
  artifacts: LayersArtifacts,
  cut: Cut = {},
): Promise<RunOriginal> {
  const { loadGraphModel } = await import("@tensorflow/tfjs-converter").catch(() =>
    reject(
      "comparison",
      "graph models are run by @tensorflow/tfjs-converter, which is not installed: npm install @tensorflow/tfjs-converter",
    ),
  );
  const graph = readGraphDef(artifacts.modelTopology);
  const ports = portsOf(graph, artifacts, cut);
  const source = bytesOf(artifacts.weightData);
  const model = await loadGraphModel(
    tf.io.fromMemory({
      ...artifacts,
      modelTopology: JSON.parse(JSON.stringify(artifacts.modelTopology)),
      weightSpecs: [...artifacts.weightSpecs] as tfc.io.WeightsManifestEntry[],
      weightData: source.read(0, source.byteLength).slice().buffer,
    } as tfc.io.ModelArtifacts),
  );
  const outputs = ports.outputs.map(({ edge }) => nameOf(edge));
  return async (feeds) => {
    const inputs: Record<string, tfc.Tensor> = {};
    for (const { name, edge, dtype } of ports.inputs) {
      const feed = feeds.find(({ info }) => info.name === name);
      if (!feed) throw new Error(`internal: no feed for ${name}`);
      const node = graph.nodes.get(edge.node);
      const fallback = dtypeOf(dtype ?? "DT_FLOAT", name);
      const type = node?.op.startsWith("Placeholder")
        ? node.attrs.dtype("dtype", fallback)
        : fallback;
      inputs[nameOf(edge)] = tf.tensor(feed.data, feed.shape, type as "float32");
    }
    // not tidy(), which cannot wait for loops and sizes that depend on data
    tf.engine().startScope();
    try {
      const result = await executed(model, inputs, outputs);
      return result.map((t): OutputValues => ({ shape: t.shape, data: t.dataSync() }));
    } finally {
      tf.engine().endScope();
      tf.dispose(inputs);
    }
  };
}

/** At once where the graph allows it. */
async function executed(
  model: GraphModel,
  inputs: tfc.NamedTensorMap,
  outputs: string[],
): Promise<tfc.Tensor[]> {
  try {
    return [model.execute(inputs, outputs)].flat();
  } catch (error) {
    if (!String(error).includes("executeAsync")) throw error;
    return [await model.executeAsync(inputs, outputs)].flat();
  }
}
