/** Made-up movies with drawn posters and made-up viewers. */

import type { Rating, UserSpec } from "../../../predictor/preprocess/ratings.ts";
import { strings } from "../../strings/strings.ts";
import { fileOf } from "../canvas.ts";
import alley from "./alley.svg";
import hedgehog from "./hedgehog.svg";
import lantern from "./lantern.svg";
import parrot from "./parrot.svg";
import stagecoach from "./stagecoach.svg";
import starship from "./starship.svg";
import { toRatings, type Viewer } from "./viewers.ts";

export interface Example {
  readonly title: string;
  readonly year: number;
  /** URL of the drawing. */
  readonly poster: string;
  /** In the values of the model's data set. */
  ratings(spec: UserSpec): Rating[];
}

function example(
  title: string,
  year: number,
  poster: string,
  viewers: readonly Viewer[] = [],
): Example {
  return { title, year, poster, ratings: (spec) => toRatings(viewers, spec) };
}

export const EXAMPLES: readonly Example[] = [
  example("The Haunted Lantern", 1987, lantern, [
    { liking: 0.75, gender: 1, age: 1, occupation: 4 },
    { liking: 0.25, gender: 0, age: 3 },
  ]),
  example("Two Weddings and a Parrot", 1994, parrot, [
    { liking: 1, gender: 0, age: 2, occupation: 3 },
    { liking: 0.5, gender: 1, age: 3 },
  ]),
  example("Android Planet 9", 1982, starship, [
    { liking: 1, gender: 1, age: 2, occupation: 12 },
    { liking: 0.75, gender: 1, age: 1, occupation: 17 },
  ]),
  example("The Adventures of the Little Hedgehog", 1996, hedgehog, [
    { liking: 1, gender: 0, age: 0, occupation: 10 },
    { liking: 0.75, gender: 0, age: 3, occupation: 9 },
  ]),
  example("Murder in Velvet Alley", 1947, alley, [{ liking: 0.75, age: 6 }]),
  example("Dust at Coyote Falls", 1958, stagecoach),
];

/** The model's decoder takes no vector graphics, so the drawing becomes a PNG. */
export async function drawPoster(url: string): Promise<Blob> {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext("2d")!.drawImage(image, 0, 0);
  return fileOf(canvas, strings.inputs.drawingInstead, "image/png");
}
