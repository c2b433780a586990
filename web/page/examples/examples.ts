/** Invented movies with drawn posters and invented viewers. */

import type { Rating } from "../../../predictor/preprocess/ratings.ts";
import alley from "./alley.svg";
import hedgehog from "./hedgehog.svg";
import lantern from "./lantern.svg";
import parrot from "./parrot.svg";
import stagecoach from "./stagecoach.svg";
import starship from "./starship.svg";

export interface Example {
  readonly title: string;
  readonly year: number;
  /** URL of the drawing. */
  readonly poster: string;
  readonly ratings: readonly Rating[];
}

export const EXAMPLES: readonly Example[] = [
  {
    title: "The Haunted Lantern",
    year: 1987,
    poster: lantern,
    ratings: [
      { stars: 4, gender: "M", age: 18, occupation: 4 },
      { stars: 2, gender: "F", age: 35 },
    ],
  },
  {
    title: "Two Weddings and a Parrot",
    year: 1994,
    poster: parrot,
    ratings: [
      { stars: 5, gender: "F", age: 25, occupation: 3 },
      { stars: 3, gender: "M", age: 35 },
    ],
  },
  {
    title: "Android Planet 9",
    year: 1982,
    poster: starship,
    ratings: [
      { stars: 5, gender: "M", age: 25, occupation: 12 },
      { stars: 4, gender: "M", age: 18, occupation: 17 },
    ],
  },
  {
    title: "The Adventures of the Little Hedgehog",
    year: 1996,
    poster: hedgehog,
    ratings: [
      { stars: 5, gender: "F", age: 1, occupation: 10 },
      { stars: 4, gender: "F", age: 35, occupation: 9 },
    ],
  },
  { title: "Murder in Velvet Alley", year: 1947, poster: alley, ratings: [{ stars: 4, age: 56 }] },
  { title: "Dust at Coyote Falls", year: 1958, poster: stagecoach, ratings: [] },
];

/** Drawings are vectors, which the model's decoder does not take: they are drawn once, as any poster is. */
export async function drawPoster(url: string): Promise<Blob> {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext("2d")!.drawImage(image, 0, 0);
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("this browser cannot draw the poster"))),
      "image/png",
    ),
  );
}
