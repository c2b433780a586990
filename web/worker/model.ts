/** A bundle at work in this browser: the predictor, the poster at hand, and what the page may ask of them. */

import { toAnswer } from "../../predictor/answer.ts";
import { InputError } from "../../predictor/errors.ts";
import { explainMovie } from "../../predictor/explain.ts";
import type { Precision } from "../../predictor/manifest.ts";
import { createPredictor } from "../../predictor/predictor.ts";
import { createMovieEncoder, type Movie } from "../../predictor/preprocess/features.ts";
import { type DecodedImage, posterCrop, resizePoster } from "../../predictor/preprocess/poster.ts";
import { decodePoster } from "../image/decodePoster.ts";
import { loadBundle } from "./bundle.ts";
import { occlude } from "./occlusion.ts";
import type {
  AskedMovie,
  LoadPart,
  ModelInfo,
  MovieAnswer,
  OcclusionMap,
  PosterInfo,
  Provider,
} from "./protocol.ts";
import { startRuntime } from "./runtime.ts";
import { compare, measure } from "./selfTest.ts";

export interface Model {
  readonly info: ModelInfo;
  poster(file: Blob | undefined): Promise<PosterInfo | undefined>;
  answer(movie: AskedMovie): Promise<MovieAnswer>;
  occlude(
    movie: AskedMovie,
    onProgress: (done: number, total: number) => void,
    checkCancelled: () => Promise<void>,
  ): Promise<OcclusionMap>;
  measure(): Promise<number>;
}

/**
 * Loads the bundle and the runtime side by side, and tries the two.
 *
 * @param folder URL of the bundle, with a slash at its end.
 * @param precisions Of the graph; the first that the bundle has is taken.
 * @throws Error in words for the user.
 */
export async function openModel(
  folder: string,
  provider: Provider,
  precisions: readonly Precision[],
  onProgress: (part: LoadPart, loaded: number, total: number) => void,
): Promise<Model> {
  const [runtime, bundle] = await Promise.all([
    startRuntime(provider).then((started) => {
      onProgress("runtime", 1, 1);
      return started;
    }),
    loadBundle(folder, precisions, onProgress),
  ]);
  const { manifest, graph } = bundle;
  const { preprocess, labels } = manifest;
  const session = await runtime.open(graph, provider);
  const predictor = createPredictor(manifest, session.run);
  const encoder = createMovieEncoder(preprocess);
  let difference: number | undefined;
  if (provider === "wasm") {
    // Or the first answer would be the slow one.
    await predictor.predict([{ title: "Warm-up (2000)" }]);
  } else {
    const reference = await runtime.open(graph, "wasm");
    difference = await compare(
      predictor,
      createPredictor(manifest, reference.run),
      preprocess.poster,
    );
    await reference.close();
  }

  let poster: DecodedImage | undefined;
  let latest: Blob | undefined;
  const movieOf = ({ poster: wanted, ...rest }: AskedMovie): Movie => ({
    ...rest,
    ...(wanted && poster ? { poster } : {}),
  });

  return {
    info: {
      name: manifest.name,
      version: bundle.version,
      synthetic: manifest.provenance.synthetic,
      labels,
      thresholds: manifest.thresholds,
      ratings: preprocess.ratings,
      poster: preprocess.poster,
      metrics: manifest.metrics,
      provider,
      precision: bundle.precision,
      threads: runtime.threads,
      graphBytes: graph.length,
      verified: bundle.verified,
      source: bundle.source,
      difference,
    },
    async poster(file) {
      poster = undefined;
      latest = file;
      if (!file) return undefined;
      const image = await decodePoster(file);
      const { width, height } = preprocess.poster;
      const data = resizePoster(image, preprocess.poster);
      // A large one that was given earlier may be decoded later.
      if (latest === file) poster = { data, width, height, channels: 3 };
      return {
        width: image.width,
        height: image.height,
        crop: posterCrop(image, preprocess.poster),
        pixels: data,
        size: { width, height },
      };
    },
    async answer(asked) {
      const explanation = await explainMovie(predictor, movieOf(asked));
      return toAnswer(explanation.prediction, {}, explanation) as MovieAnswer;
    },
    async occlude(asked, onStep, checkCancelled) {
      const features = encoder.encode(movieOf(asked));
      if (!features.poster) throw new InputError("poster", "is missing; add one to see its map");
      return occlude({
        spec: preprocess.poster,
        labels,
        poster: features.poster,
        probabilities: (posters) =>
          predictor.probabilities(posters.map((covered) => ({ ...features, poster: covered }))),
        onProgress: onStep,
        checkCancelled,
      });
    },
    measure: () => measure(predictor, preprocess.poster),
  };
}
