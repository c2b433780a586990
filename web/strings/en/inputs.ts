/** The form: fields, files, and the parts of the explanation that belong to an input. */

import { capital } from "../capital.ts";
import { formatsOf } from "../formats.ts";
import { withThe } from "./grammar.ts";

const { count, list, number } = formatsOf("en");

const STEPS = { one: "step", other: "steps" };
const RATINGS = { one: "rating", other: "ratings" };

export const inputs = {
  /** The first input of a group that has its name: "Movie title". */
  labelOf: (item: string, noun: string) => `${capital(item)} ${noun}`,
  titlePlaceholder: "The Lantern of Doom",
  movieRatingsHint:
    "Who liked a movie tells the most about it. Describe some viewers, or load a CSV file with the columns user and stars.",
  ratingsHint: (item: string) =>
    `Describe users who rated the ${item}, or load a CSV file with the columns user and stars.`,
  remove: "Remove",
  cancel: "Cancel",
  /** For screen readers, after "Remove". */
  theNoun: (noun: string) => ` ${withThe(noun)}`,
  thisFile: (detail: string) => `This file ${detail}.`,
  tooLarge: (file: string, megabytes: number) => `${file} has more than ${number(megabytes)} MB`,

  /** An input in a few words. */
  nounAndValue: (noun: string, value: string) => `${noun} ${value}`,
  ratings: (ratings: number) => count(ratings, RATINGS),
  nounWithSteps: (noun: string, steps: number) => `${noun} with ${count(steps, STEPS)}`,

  range: (min: number, max: number) => `${min} to ${max}`,
  readFrom: (noun: string, other: string, found: number) =>
    `${capital(noun)} read from the ${other}: ${found}`,
  notKnown: "not known",
  typeAndEnter: "Type one and press Enter",
  /** For screen readers, after the value itself. */
  removeValue: " Remove",
  unknownValues: (values: readonly string[]) => `The model does not know ${list(values)}.`,
  valueIs: (position: number, detail: string) => `Value ${position} ${detail}`,

  numbersPerStep: (features: number, most: number) =>
    `${features === 1 ? "Numbers, one for each step" : `A line for each step, with ${number(features)} numbers`}, or JSON. The model reads the first ${count(most, STEPS)}.`,
  loadSteps: "Load a CSV or JSON file",
  fileOf: (noun: string) => `File of the ${noun}`,
  /** For screen readers, after "Remove". */
  theFileOf: (noun: string) => `the file of the ${noun}`,
  stepsFrom: (steps: number, from: string) => `${count(steps, STEPS)} from ${from}`,
  readsFirst: (most: number) => `; the model reads the first ${number(most)}`,
  stepIs: (position: number, detail: string) => `Step ${position} ${detail}`,

  addRating: "Add a rating",
  loadRatings: "Load a CSV file",
  ratingsFile: "CSV file of ratings",
  theFilesRatings: "the file's ratings",
  ratingIs: (position: number, detail: string) => `Rating ${position}: ${detail}`,
  theLink: "the link",
  noRatings: (file: string) => `${file} has a header, but no ratings`,
  ratingsFrom: (ratings: number, from: string, mean: number) =>
    `${count(ratings, RATINGS)} from ${from}, ${number(mean, 1)} stars on average`,
  knowsUsers: (known: number, users: number) =>
    `; the model knows ${number(known)} of ${number(users)} users`,
  fileAndItem: (file: string, column: string, item: string) => `${file}, ${column} ${item}`,
  whichItem: (file: string, items: number, noun: string) =>
    `${file} has ratings of ${number(items)} ${noun}. Which one do you mean?`,
  itemByColumn: (item: string, column: string) => `${capital(item)}, by its ${column}`,
  useItsRatings: "Use its ratings",
  noRatingsOf: (file: string, column: string, item: string) =>
    `${file} has no ratings of ${column} ${item === "" ? "nothing" : item}`,
  stars: "Stars",
  starsOf: (stars: number, most: number) => `${stars} of ${most} stars`,
  age: "Age",
  gender: "Gender",
  occupation: "Occupation",
  /** Where nothing is chosen. */
  askAge: "age?",
  askGender: "gender?",
  askOccupation: "occupation?",
  /** Names that the predictor has for MovieLens' codes, or what stands in a data set. */
  demographic: (name: string) => name,
  removeRating: "Remove this rating",

  chooseFile: "Choose a file",
  useCamera: "Use the camera",
  replace: "Replace",
  dropImage: "Drop an image here, paste one, or",
  previewOf: (noun: string) => `Your ${noun}; the bright part is what the model sees`,
  atModelsSize: (noun: string) => `The ${noun} at the size the model sees`,
  whatModelSees: "What the model sees",
  reading: (noun: string) => `Reading ${withThe(noun)}`,
  imageFile: (noun: string) => `${capital(noun)} file`,
  beforeStays: (noun: string) => ` The ${noun} from before stays.`,
  pixels: (width: number, height: number) => `${width} × ${height} pixels`,
  brightPart: "; the model sees the bright part",
  scaledTo: (width: number, height: number) => `, scaled to ${width} × ${height}`,
  isFolder: (name: string) => `"${name}" is a folder; open it, and drop the file you mean.`,
  otherSite:
    "An image of another site is not loaded, because this page contacts only its own server. Save the image, and drop its file here.",
  damagedAddress: "The image is damaged in its address. Save it, and drop its file here.",
  imageNotLoaded: (reason: string) =>
    `The image cannot be loaded (${reason}). Save it, and drop its file here.`,
  holdUp: (noun: string) => `Hold the ${noun} up to the camera`,
  noCamera: (reason: string) => `The camera cannot be used (${reason}).`,
  cameraInstead: "take the picture with the device's camera, and choose its file",
  drawingInstead: "choose an image file in place of the drawing",
  /** @param what Is left undone, and another way. */
  altered: (what: string) =>
    `This browser alters pictures that a page reads back, to protect you against fingerprinting; ${what}.`,
  makesNoFile: (what: string) => `This browser cannot make a file from a picture; ${what}.`,

  wordsThatMattered: "Words that mattered",
  wordsOfThatMattered: (noun: string) => `Words of the ${noun} that mattered`,
  whereModelLooks: "Where the model looks",
  whereModelLooksOn: (noun: string) => `Where the model looks on the ${noun}`,
  mapFor: "for",
  mapOf: (noun: string) => `Map of the ${noun}`,
  /** @param quantity "the genre's probability" */
  mapExplained: (noun: string, quantity: string) =>
    `Covers one part of the ${noun} at a time and shows where that lowers ${quantity}.`,
  computingMap: "Computing the map",
  showMap: "Show the map",
  noMap: (reason: string) => `The map could not be computed: ${reason}`,
  /** Places in an image, by row from the top and by column from the left. */
  places: [
    ["upper left", "upper middle", "upper right"],
    ["middle left", "centre", "middle right"],
    ["lower left", "lower middle", "lower right"],
  ] as readonly (readonly string[])[],
};
