/** A bundle opened in this browser: the predictor, the current poster, and what the page may ask of them. */

import { toAnswer } from "../../predictor/answer.ts";
import { InputError } from "../../predictor/errors.ts";
import { explainItem } from "../../predictor/explain.ts";
import { type Movie, movieInputs } from "../../predictor/movie.ts";
import { createMovieEncoder } from "../../predictor/movieEncoder.ts";
import {
  type DecodedImage,
  type PosterSpec,
  posterCrop,
  resizePoster,
} from "../../predictor/preprocess/poster.ts";
import { labelsTarget } from "../../predictor/targets/labels.ts";
import { decodePoster } from "../image/decodePoster.ts";
import { type LoadedBundle, loadBundle } from "./bundle.ts";
import { occlude } from "./occlusion.ts";
import { type OpenedPredictor, openPredictor, type Runtime } from "./openPredictor.ts";
import type {
  LoadPart,
  ModelInfo,
  MovieAnswer,
  MovieRequest,
  OcclusionMap,
  PosterInfo,
  ProviderOptions,
} from "./protocol.ts";
import { startRuntime } from "./runtime.ts";
import { measure } from "./selfTest.ts";

export interface Model {
  readonly info: ModelInfo;
  /** Decodes the poster for the requests that follow; undefined removes it. */
  poster(file: Blob | undefined): Promise<PosterInfo | undefined>;
  answer(movie: MovieRequest): Promise<MovieAnswer>;
  occlude(
    movie: MovieRequest,
    onProgress: (done: number, total: number) => void,
    checkCancelled: () => Promise<void>,
  ): Promise<OcclusionMap>;
  /** @returns Median milliseconds of one prediction. */
  measure(): Promise<number>;
}

/**
 * Loads the bundle and the runtime side by side, and checks that they work together.
 *
 * @param folder URL of the bundle, with a slash at its end.
 * @throws Error in words for the user.
 */
export async function openModel(
  folder: string,
  { provider, precisions }: ProviderOptions,
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
  const { labels } = labelsTarget(manifest.target);
  const preprocess = movieInputs(manifest.inputs);
  const opened = await openPredictor(runtime, provider, manifest, graph);
  const { predictor } = opened;
  const encoder = createMovieEncoder(preprocess);
  const posters = createPosterHolder(preprocess.poster);
  const movieOf = ({ poster: withPoster, ...rest }: MovieRequest): Movie => {
    const poster = withPoster ? posters.current() : undefined;
    return poster ? { ...rest, poster } : rest;
  };
  return {
    info: describeModel(bundle, provider, runtime, opened),
    poster: posters.set,
    async answer(request) {
      const explanation = await explainItem(predictor, movieOf(request));
      return toAnswer(predictor.target, explanation.prediction, {}, explanation) as MovieAnswer;
    },
    async occlude(request, onStep, checkCancelled) {
      const features = encoder.encode(movieOf(request));
      if (!features.poster) throw new InputError("poster", "is missing; add one to see its map");
      return occlude({
        spec: preprocess.poster,
        labels,
        poster: features.poster,
        probabilities: (covered) =>
          predictor.outputs(covered.map((poster) => ({ ...features, poster }))),
        onProgress: onStep,
        checkCancelled,
      });
    },
    measure: () => measure(predictor, preprocess),
  };
}

function describeModel(
  { manifest, graph, version, precision, verified, source }: LoadedBundle,
  provider: ProviderOptions["provider"],
  { threads }: Runtime,
  { difference }: OpenedPredictor,
): ModelInfo {
  const inputs = movieInputs(manifest.inputs);
  return {
    name: manifest.name,
    version,
    synthetic: manifest.provenance.synthetic,
    target: labelsTarget(manifest.target),
    ratings: inputs.ratings,
    poster: inputs.poster,
    metrics: manifest.metrics,
    provider,
    precision,
    threads,
    graphBytes: graph.length,
    verified,
    source,
    difference,
  };
}

interface PosterHolder {
  readonly current: () => DecodedImage | undefined;
  readonly set: Model["poster"];
}

/** Keeps the poster that was given last, at the model's size. */
function createPosterHolder(spec: PosterSpec): PosterHolder {
  const { width, height } = spec;
  let poster: DecodedImage | undefined;
  let latest: Blob | undefined;
  return {
    current: () => poster,
    async set(file) {
      poster = undefined;
      latest = file;
      if (!file) return undefined;
      const image = await decodePoster(file);
      const data = resizePoster(image, spec);
      // A large poster may be decoded after a smaller one that was given later.
      if (latest === file) poster = { data, width, height, channels: 3 };
      return {
        width: image.width,
        height: image.height,
        crop: posterCrop(image, spec),
        pixels: data,
        size: { width, height },
      };
    },
  };
}
