/** The original model in TensorFlow.js, which is loaded when it is first needed. */
import { bytesOf, type LayersArtifacts } from "../artifacts.ts";
import { isGraphDef } from "../graph/graphDef.ts";
import type { Cut } from "../graph/signature.ts";
import { openGraphModel } from "./tfjsGraph.ts";
import type { RunOriginal } from "./verify.ts";

/**
 * The original model on tfjs's cpu backend: slow, but it follows the definitions.
 *
 * @param cut Of a graph model: where it was cut.
 */
export async function openOriginal(artifacts: LayersArtifacts, cut?: Cut): Promise<RunOriginal> {
  const tf = await import("@tensorflow/tfjs-core");
  await import("@tensorflow/tfjs-backend-cpu");
  tf.env().set("PROD", true); // no banner
  await tf.setBackend("cpu");
  if (isGraphDef(artifacts.modelTopology)) return openGraphModel(tf, artifacts, cut);
  const layers = await import("@tensorflow/tfjs-layers");
  const source = bytesOf(artifacts.weightData);
  const model = await layers.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: JSON.parse(JSON.stringify(artifacts.modelTopology)),
      weightSpecs: [...artifacts.weightSpecs] as never,
      weightData: source.read(0, source.byteLength).slice().buffer,
    }),
  );
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
