/**
 * The exported graph in parts: the encoders of images, and the rest. Evaluations that show the same images again and again,
 * beside other values, run each encoder once per image, and give the same numbers as the whole graph.
 */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import { sha256 } from "../../node/files.ts";
import { openSession, type Session, type SessionOptions } from "../../node/session.ts";
import type { Tensor } from "../../predictor/tensor.ts";
import type { Graph } from "../export/ir.ts";
import { encode } from "../export/onnx/encode.ts";
import type { Front } from "../export/prepend.ts";
import { graphsBefore } from "../model/backbone.ts";
import { exportGraph } from "../model/exportGraph.ts";
import type { ModelParts } from "../model/modelInputs.ts";

/** Most features kept of an encoder, as float32 256 MiB; those of further images are computed again. */
const MOST_KEPT = 2 ** 26;

/** What runs the encoder of an image. */
interface Encoder {
  /** The model's input that it makes, float32 [batch, F]. */
  readonly makes: string;
  /** float32 [batch, 1]: 0 where there is no image. */
  readonly given: string;
  /** The other input, uint8 [batch, ...]. */
  readonly image: string;
  /** F */
  readonly size: number;
  readonly session: Session;
  /** By the image's SHA-256. */
  readonly kept: Map<string, Float32Array>;
}

/** @returns undefined if no image has an encoder that is a part of the graph. */
export async function openInParts(
  model: LayersModel,
  parts: ModelParts,
  dataset: Parameters<typeof exportGraph>[2],
  { threads }: Pick<SessionOptions, "threads">,
): Promise<Session | undefined> {
  const all = Object.entries(graphsBefore(parts.inputs));
  const ofImages = all.flatMap(([makes, { graph, given }]) =>
    given ? [{ makes, graph, given }] : [],
  );
  if (ofImages.length === 0) return undefined;
  const others: Record<string, Front> = Object.fromEntries(all.filter(([, { given }]) => !given));
  const rest = await exportGraph(model, parts, dataset, "fp32", others);
  const encoders: Encoder[] = [];
  for (const { makes, given, graph } of ofImages) {
    const image = graph.inputs.find(({ name }) => name !== given)!.name;
    const size = rest.inputs.find(({ name }) => name === makes)!.shape[1] as number;
    const session = await openGraph(graph, threads);
    encoders.push({ makes, given, image, size, session, kept: new Map() });
  }
  const session = await openSession(rest.onnx, { threads });
  return {
    async run(feeds) {
      const fed: Record<string, Tensor> = { ...feeds };
      for (const encoder of encoders) {
        const { makes, given, image } = encoder;
        fed[makes] = await featuresOf(encoder, feeds[image]!, feeds[given]!);
        delete fed[image];
      }
      return session.run(fed);
    },
    async close() {
      await session.close();
      for (const encoder of encoders) await encoder.session.close();
    },
  };
}

async function openGraph(graph: Graph, threads: number | undefined): Promise<Session> {
  const { parts } = encode(graph, {
    name: "encoder",
    docString: "",
    producerVersion: "",
    metadata: {},
    valueInfo: false,
  });
  return openSession(Buffer.concat(parts), { threads });
}

/** Features [batch, F] of a batch of images: 0 where there is none. */
async function featuresOf(encoder: Encoder, images: Tensor, given: Tensor): Promise<Tensor> {
  const { size } = encoder;
  const [batch, ...sizes] = images.dims as [number, ...number[]];
  const bytes = images.data.length / batch;
  const rowOf = (i: number) => (images.data as Uint8Array).subarray(i * bytes, (i + 1) * bytes);
  const keys = Array.from({ length: batch }, (_, i) =>
    given.data[i] === 0 ? undefined : sha256(rowOf(i)),
  );
  const found = new Map<string, Float32Array>();
  const missing = new Map<string, number>();
  for (const [i, key] of keys.entries()) {
    if (key === undefined) continue;
    const kept = encoder.kept.get(key);
    if (kept) found.set(key, kept);
    else missing.set(key, i);
  }
  if (missing.size > 0) {
    const data = new Uint8Array(missing.size * bytes);
    for (const [row, i] of [...missing.values()].entries()) data.set(rowOf(i), row * bytes);
    const [features] = Object.values(
      await encoder.session.run({
        [encoder.image]: { type: "uint8", dims: [missing.size, ...sizes], data },
        [encoder.given]: {
          type: "float32",
          dims: [missing.size, 1],
          data: new Float32Array(missing.size).fill(1),
        },
      }),
    ) as [Tensor];
    for (const [row, key] of [...missing.keys()].entries()) {
      const values = (features.data as Float32Array).slice(row * size, (row + 1) * size);
      found.set(key, values);
      if ((encoder.kept.size + 1) * size <= MOST_KEPT) encoder.kept.set(key, values);
    }
  }
  const data = new Float32Array(batch * size);
  for (const [i, key] of keys.entries()) if (key !== undefined) data.set(found.get(key)!, i * size);
  return { type: "float32", dims: [batch, size], data };
}
