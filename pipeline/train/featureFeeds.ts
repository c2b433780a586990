/** What a model with pretrained ONNX encoders is fed besides the predictor's tensors: the encoders' features. */

import { openSession, type SessionOptions } from "../../node/session.ts";
import type { TextFeatures } from "../../predictor/inputs/text.ts";
import type { Tensor } from "../../predictor/tensor.ts";
import { type EncodedMovie, withPoster } from "../fit/prepare.ts";
import { isImage } from "../inputs/encoded.ts";
import type { ModelInput } from "../model/modelInputs.ts";
import type { EncoderValue } from "../model/onnx/load.ts";
import type { BatchSource } from "./inputBatches.ts";
import { idsKey } from "./textFeatures.ts";

/**
 * By the names of the model's inputs, float32 [movies, features]: as the encoders' own files gave them, unlike those that
 * the graph computes. Undefined without an encoder.
 */
export function featureFeeds(
  source: BatchSource,
): ((movies: readonly EncodedMovie[]) => Record<string, Tensor>) | undefined {
  const { raw = {} } = source;
  const encoders = encodersOf(source);
  if (encoders.length === 0) return undefined;
  return (movies) =>
    Object.fromEntries(
      encoders.map(({ name, backbone, input }) => {
        const { features: size } = backbone;
        const data = new Float32Array(movies.length * size);
        for (const [i, movie] of movies.entries()) {
          const key = keyOf(movie, name, input);
          // An input that is absent counts for nothing, whatever its features are.
          if (key !== undefined) raw[name]!.read(key, 0, data, i * size);
        }
        return [`${name}_backbone_features`, floats(data, size)];
      }),
    );
}

/** Features recomputed on the CPU; for the caller to close. */
export interface FreshFeatures {
  feeds(movies: readonly EncodedMovie[]): Promise<Record<string, Tensor>>;
  close(): Promise<void>;
}

/** The same, recomputed, one movie after another. */
export async function openFreshFeatures(
  source: BatchSource,
  { asWritten, threads }: Pick<SessionOptions, "asWritten" | "threads">,
): Promise<FreshFeatures> {
  const opened = await Promise.all(
    encodersOf(source).map(async (encoder) => {
      const { bytes, outputs } = encoder.backbone;
      return { ...encoder, session: await openSession(bytes, { outputs, asWritten, threads }) };
    }),
  );
  return {
    async feeds(movies) {
      const feeds: Record<string, Tensor> = {};
      for (const { name, backbone, input, session } of opened) {
        const { encode, features: size } = backbone;
        const data = new Float32Array(movies.length * size);
        for (const [i, movie] of movies.entries()) {
          const value = readValue(movie, name, input, source);
          if (value) data.set(await encode([value], session.run), i * size);
        }
        feeds[`${name}_backbone_features`] = floats(data, size);
      }
      return feeds;
    },
    async close() {
      await Promise.all(opened.map(({ session }) => session.close()));
    },
  };
}

function encodersOf({ inputs }: BatchSource) {
  return Object.entries(inputs).flatMap(([name, input]) =>
    "backbone" in input && input.backbone?.kind === "onnx"
      ? [{ name, input, backbone: input.backbone }]
      : [],
  );
}

function floats(data: Float32Array, size: number): Tensor {
  return { type: "float32", dims: [data.length / size, size], data };
}

/** What an encoder reads of a movie; undefined for an image that is absent. */
function readValue(
  movie: EncodedMovie,
  name: string,
  input: ModelInput,
  { posters }: BatchSource,
): EncoderValue | undefined {
  if (!isImage(input)) return (movie.features[name] as TextFeatures).ids!;
  return withPoster(movie, posters, [name])[name] as Uint8Array | undefined;
}

function keyOf(movie: EncodedMovie, name: string, input: ModelInput): string | undefined {
  return isImage(input) ? movie.images[name] : idsKey((movie.features[name] as TextFeatures).ids!);
}
