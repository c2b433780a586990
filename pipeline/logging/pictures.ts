/** Images for the training log: augmented posters, the first convolution's filters, attention over titles. */

import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-layers";
import type { Random } from "../common/random.ts";
import type { EncodedMovie } from "../fit/prepare.ts";
import { type Group, groupNamed, type ImageInput } from "../model/modelInputs.ts";
import { hasInput, towerInputs } from "../train/batches.ts";
import type { BatchSource } from "../train/inputBatches.ts";
import { forward } from "../train/step.ts";
import { type Png, tilesToPng } from "./tiles.ts";

export interface PictureData {
  readonly source: BatchSource;
  /** Training movies. */
  readonly movies: readonly EncodedMovie[];
  /** A separate random stream, so that logging does not affect training. */
  readonly random: Random;
}

interface Picture extends Png {
  readonly tag: string;
}

/** Number of posters shown. */
const POSTERS = 12;
/** Number of titles shown. */
const TITLES = 24;
/** Screen pixels per filter weight. */
const FILTER_ZOOM = 8;
/** Screen pixels per word. */
const WORD_ZOOM = 16;

/** The tower's images after an epoch. @param epoch From 1; augmented posters are shown only after the first. */
export async function picturesOf(
  tower: string,
  model: tf.LayersModel,
  epoch: number,
  data: PictureData,
): Promise<Picture[]> {
  const pictures: (Picture | undefined)[] = [];
  const group = groupNamed(data.source.inputs, tower);
  if ("pixels" in group.main) {
    if (epoch === 1) pictures.push(await augmentedImages(group, group.main, data));
    pictures.push(await firstFilters(tower, model));
  }
  pictures.push(await attentionOverParts(group, model, data));
  return pictures.filter((picture) => picture !== undefined);
}

async function augmentedImages(
  { name: tower, input }: Group,
  { spec }: ImageInput,
  { source, movies, random }: PictureData,
): Promise<Picture | undefined> {
  const shown = movies.filter((movie) => hasInput(movie, source, tower)).slice(0, POSTERS);
  // A frozen backbone's features are computed once, from posters that are not augmented.
  if (source.features?.[input] || shown.length === 0) return undefined;
  const [pixels] = towerInputs(tower, shown, source, random.fork("posters"));
  const { height, width } = spec;
  const size = height * width * 3;
  const tiles = shown.map((_, i) => pixels!.subarray(i * size, (i + 1) * size));
  const png = await tilesToPng(tiles, { height, width, columns: POSTERS / 2, gap: 2, zoom: 1 });
  return { tag: `${tower}/augmented`, ...png };
}

/** The filters of the first convolution, each scaled to the range from black to white. */
async function firstFilters(tower: string, model: tf.LayersModel): Promise<Picture | undefined> {
  const layer = model.layers.find((candidate) => candidate.getClassName() === "Conv2D");
  const kernel = layer?.getWeights()[0] as Tensor | undefined; // [h, w, channels, filters]
  if (kernel?.shape[2] !== 3) return undefined;
  const [height, width, , filters] = kernel.shape as [number, number, number, number];
  const values = await kernel.data<"float32">();
  const tiles = Array.from({ length: filters }, (_, f) =>
    stretched(
      Float32Array.from({ length: height * width * 3 }, (_, i) => values[i * filters + f]!),
    ),
  );
  const png = await tilesToPng(tiles, { height, width, columns: 8, gap: 1, zoom: FILTER_ZOOM });
  return { tag: `${tower}/filters`, ...png };
}

/** A row per title and a square per word; brighter squares have more attention. */
async function attentionOverParts(
  group: Group,
  model: tf.LayersModel,
  { source, movies }: PictureData,
): Promise<Picture | undefined> {
  const learned = model.layers.some(({ name }) => name === `${group.input}_attention_softmax`);
  if (!learned || movies.length === 0) return undefined;
  const { output } = model.getLayer(`${group.input}_attention`);
  const shown = movies.slice(0, TITLES);
  const shares = await forward(
    tf.model({ inputs: model.inputs, outputs: output }),
    towerInputs(group.name, shown, source),
  );
  const words = shares.length / shown.length;
  const tiles = [...shares].map((share) => new Uint8Array(3).fill(255 * share));
  const png = await tilesToPng(tiles, {
    height: 1,
    width: 1,
    columns: words,
    gap: 0,
    zoom: WORD_ZOOM,
  });
  return { tag: `${group.name}/attention`, ...png };
}

function stretched(values: Float32Array): Uint8Array {
  const min = Math.min(...values);
  const range = Math.max(...values) - min || 1;
  return Uint8Array.from(values, (value) => (255 * (value - min)) / range);
}
