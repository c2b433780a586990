/** `npm run predict`: one movie's genres from a published bundle, in the terminal or as JSON. */

import { readFile } from "node:fs/promises";
import { Command, InvalidArgumentError } from "commander";
import { openBundle } from "../node/bundle.ts";
import { decodePoster } from "../node/poster.ts";
import { openSession } from "../node/session.ts";
import { InputError } from "../predictor/errors.ts";
import { createPredictor, type Prediction } from "../predictor/predictor.ts";
import type { Movie } from "../predictor/preprocess/features.ts";
import { readRatingsFile } from "./ratingsFile.ts";

interface Options {
  readonly model: string;
  readonly title?: string;
  readonly year?: number;
  readonly poster?: string;
  readonly ratings?: string;
  readonly top: number;
  readonly json?: boolean;
}

const options = new Command("npm run predict --")
  .description(
    "Genres of one movie from a published bundle. Give any of title, poster and ratings.",
  )
  .requiredOption("--model <folder>", "bundle, e.g. models/sample")
  .option("--title <text>", 'title, e.g. "Heat (1995)"')
  .option("--year <number>", "year of release, if it is not in the title", parseNumber)
  .option("--poster <file>", "image file: JPEG, PNG, WebP, AVIF or GIF")
  .option("--ratings <file>", "CSV file with the columns user and stars")
  .option("--top <number>", "genres to show, at least 1", parseCount, 5)
  .option("--json", "print everything as JSON")
  .parse()
  .opts<Options>();

try {
  const bundle = await openBundle(options.model);
  const session = await openSession(bundle.graph, { threads: 1 });
  const movie = await readMovie(options);
  const [prediction] = await createPredictor(bundle.manifest, session.run).predict([movie]);
  await session.close();
  const { name, provenance } = bundle.manifest;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ model: name, synthetic: provenance.synthetic, ...prediction }, undefined, 2)}\n`
      : `${render(prediction!, provenance.synthetic)}\n`,
  );
} catch (error) {
  const { message, stack } = error as Error;
  process.stderr.write(`error: ${process.env.DEBUG ? stack : message}\n`);
  // 2: the input is wrong; 1: something else.
  process.exitCode = error instanceof InputError ? 2 : 1;
}

async function readMovie({ title, year, poster, ratings }: Options): Promise<Movie> {
  if (title === undefined && year === undefined && poster === undefined && ratings === undefined) {
    throw new InputError(
      "movie",
      "nothing is known of it; give --title, --year, --poster or --ratings",
    );
  }
  return {
    ...(title === undefined ? {} : { title }),
    ...(year === undefined ? {} : { year }),
    ...(poster === undefined ? {} : { poster: await decodePoster(await readPoster(poster)) }),
    ...(ratings === undefined ? {} : { ratings: await readRatingsFile(ratings) }),
  };
}

async function readPoster(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new InputError("poster", `${path} cannot be read (${(error as Error).message})`);
  }
}

function render({ genres, modalityWeights }: Prediction, synthetic: boolean): string {
  const shown = genres.slice(0, options.top);
  const width = Math.max(...shown.map(({ label }) => label.length));
  const lines = shown.map(({ label, probability, selected }) => {
    const bar = "█".repeat(Math.round(probability * 30)).padEnd(30, "░");
    return `${selected ? "*" : " "} ${label.padEnd(width)}  ${bar} ${(probability * 100).toFixed(1).padStart(5)} %`;
  });
  const weights = Object.entries(modalityWeights).map(([name, w]) => `${name} ${w.toFixed(2)}`);
  return [
    ...lines,
    "",
    `* at or above the genre's threshold.  Weight of the evidence: ${weights.join(", ")}.`,
    ...(synthetic
      ? ["This model was trained on invented movies; it says nothing of real ones."]
      : []),
  ].join("\n");
}

function parseCount(text: string): number {
  const value = parseNumber(text);
  if (value < 1) throw new InvalidArgumentError("It must be at least 1.");
  return value;
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value)) {
    throw new InvalidArgumentError("It must be a whole number.");
  }
  return value;
}
