/** `npm run predict`: genres from a published bundle, of one movie in the terminal or of a file of movies. */

import { readFile, stat } from "node:fs/promises";
import { Presets, SingleBar } from "cli-progress";
import { z } from "zod";
import { type Bundle, openBundle } from "../node/bundle.ts";
import { runCommand, STOPPED } from "../node/command.ts";
import { findBundle, modelOption } from "../node/findBundle.ts";
import { decodePoster } from "../node/poster.ts";
import { openSession } from "../node/session.ts";
import { toAnswer, toAnswerJson } from "../predictor/answer.ts";
import { InputError } from "../predictor/errors.ts";
import { type Explanation, explainItem } from "../predictor/explain.ts";
import { type Movie, movieInputs } from "../predictor/movie.ts";
import { createPredictor, type Prediction } from "../predictor/predictor.ts";
import type { UserSpec } from "../predictor/preprocess/ratings.ts";
import { runBatch } from "./batch/run.ts";
import { readRatingsFile } from "./ratingsFile.ts";

/** Genres shown where nothing else is asked for. */
const TOP = 5;

const program = {
  name: "npm run predict --",
  description:
    "Predicts the genres of one movie (give any of title, year, poster and ratings), or of a file of movies, with a published bundle.",
  schema: z.strictObject({
    model: modelOption,
    title: z.string().optional().describe('title, e.g. "Heat (1995)"'),
    year: z.int().optional().describe("year of release, if it is not in the title"),
    poster: z.string().min(1).optional().describe("image file: JPEG, PNG, WebP, AVIF or GIF"),
    ratings: z
      .string()
      .min(1)
      .optional()
      .describe(
        "CSV file with the columns stars and user (of the model's data), or gender, age and occupation",
      ),
    top: z.int().min(1).optional().describe(`genres to show (default: ${TOP}, with --json all)`),
    json: z.boolean().default(false).describe("print everything as JSON"),
    input: z
      .string()
      .min(1)
      .optional()
      .describe(
        "movies, .csv or .jsonl, with any of id, title, year, poster (a file's name) and ratings (JSON)",
      ),
    posters: z
      .string()
      .min(1)
      .optional()
      .describe("where the posters of --input are, by their names or as ID.jpg"),
    output: z
      .string()
      .min(1)
      .optional()
      .describe("answers of --input, one line of JSON each; run again to continue"),
    rejects: z
      .string()
      .min(1)
      .optional()
      .describe("rejected rows of --input, with reasons; default: OUTPUT.rejects"),
    overwrite: z.boolean().default(false).describe("start anew, even if --output exists"),
  }),
};

type Options = z.infer<typeof program.schema>;

await runCommand(program, async (options) => {
  const model = options.model ?? (await findBundle());
  if (options.input === undefined) {
    await predictOne(model, options);
    return 0;
  }
  return predictFile(model, { ...options, input: options.input });
});

async function predictOne(model: string, options: Options): Promise<void> {
  for (const name of ["posters", "output", "rejects", "overwrite"] as const) {
    if (options[name]) throw new InputError(`--${name}`, "needs --input");
  }
  const bundle = await openBundle(model);
  const session = await openSession(bundle.graph, { threads: 1 });
  const movie = await readMovie(options, movieInputs(bundle.manifest.inputs).ratings);
  const predictor = createPredictor(bundle.manifest, session.run);
  const explanation = await explainItem(predictor, movie);
  await session.close();
  process.stdout.write(
    options.json
      ? `${JSON.stringify(asJson(explanation, bundle, options.top), undefined, 2)}\n`
      : `${render(explanation.prediction, bundle.manifest.provenance.synthetic, options.top ?? TOP)}\n`,
  );
}

/** @returns The exit code. */
async function predictFile(
  model: string,
  options: Options & { readonly input: string },
): Promise<number> {
  for (const name of ["title", "year", "poster", "ratings", "json"] as const) {
    if (options[name] !== undefined && options[name] !== false)
      throw new InputError(`--${name}`, "is not for --input");
  }
  const { input, output, posters, top = TOP } = options;
  if (output === undefined)
    throw new InputError("--output", "is missing; name a file for the answers");
  const rejects = options.rejects ?? `${output}.rejects`;
  const bytes = (await stat(input).catch(() => undefined))?.size ?? 0;
  const bar = new SingleBar(
    {
      format: "{bar} {percentage} %  {rows} rows, {rejected} rejected  {eta_formatted} left",
      stream: process.stderr,
      hideCursor: null,
    },
    Presets.shades_classic,
  );
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  // Without a terminal the bar draws nothing.
  bar.start(bytes, 0, { rows: 0, rejected: 0 });
  try {
    const { rows, rejected, finished } = await runBatch({
      model,
      precision: "fp32",
      input,
      posters,
      output,
      rejects,
      overwrite: options.overwrite,
      top,
      signal: stop.signal,
      onWarning(text) {
        // On a line of its own, above the bar.
        process.stderr.write(
          `${process.stderr.isTTY ? "\r\u001b[2K" : ""}warning: ${input}: ${text}\n`,
        );
      },
      onProgress: (read, progress) =>
        bar.update(read, { rows: progress.rows, rejected: progress.rejected }),
    });
    if (finished) bar.update(bytes);
    bar.stop();
    const refused = rejected === 0 ? "" : `; see ${rejects}`;
    process.stderr.write(
      finished
        ? `${rows - rejected} of ${rows} rows answered in ${output}${refused}\n`
        : `stopped after ${rows} rows; run the same command to continue\n`,
    );
    return finished ? 0 : STOPPED;
  } finally {
    bar.stop();
  }
}

/** As POST /v1/predict answers when asked to explain. */
function asJson(explanation: Explanation, { manifest, version }: Bundle, topK?: number): object {
  const answer = toAnswer(explanation.prediction, { topK }, explanation);
  const { name, provenance } = manifest;
  return {
    ...toAnswerJson(answer),
    model: { name, version, synthetic: provenance.synthetic },
  };
}

async function readMovie(
  { title, year, poster, ratings }: Options,
  spec: UserSpec,
): Promise<Movie> {
  if (title === undefined && year === undefined && poster === undefined && ratings === undefined) {
    throw new InputError(
      "movie",
      "is empty; give at least one of --title, --year, --poster and --ratings",
    );
  }
  return {
    ...(title === undefined ? {} : { title }),
    ...(year === undefined ? {} : { year }),
    ...(poster === undefined ? {} : { poster: await decodePoster(await readPoster(poster)) }),
    ...(ratings === undefined ? {} : { ratings: await readRatingsFile(ratings, spec) }),
  };
}

async function readPoster(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new InputError("poster", `${path} cannot be read (${(error as Error).message})`);
  }
}

function render({ scores, inputWeights }: Prediction, synthetic: boolean, top: number): string {
  const shown = scores.slice(0, top);
  const width = Math.max(...shown.map(({ label }) => label.length));
  const lines = shown.map(({ label, probability, selected }) => {
    const bar = "█".repeat(Math.round(probability * 30)).padEnd(30, "░");
    return `${selected ? "*" : " "} ${label.padEnd(width)}  ${bar} ${(probability * 100).toFixed(1).padStart(5)} %`;
  });
  const weights = Object.entries(inputWeights).map(([name, w]) => `${name} ${w.toFixed(2)}`);
  return [
    ...lines,
    "",
    `* at or above the genre's threshold.  Weight of the logits: ${weights.join(", ")}.`,
    ...(synthetic
      ? ["This model was trained on invented movies; it says nothing about real ones."]
      : []),
  ].join("\n");
}
