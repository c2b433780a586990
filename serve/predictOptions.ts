/** Options of `npm run predict`, which follow from the bundle's inputs. */

import * as z from "zod";
import { openManifest } from "../node/bundle.ts";
import { findBundle, modelOption } from "../node/findBundle.ts";
import { queueUrl } from "../node/jobs/queue/url.ts";
import { flagValue } from "../node/options/flagValue.ts";
import { createOptions } from "../node/options/options.ts";
import { createKeys, valueKeys } from "../node/options/predictKeys.ts";
import type { Program } from "../node/options/program.ts";
import type { InputSpecs } from "../predictor/inputs/types.ts";
import { listOf } from "../predictor/listOf.ts";
import { type Manifest, PRECISIONS, type Precision } from "../predictor/manifest.ts";
import { type MovieInputs, YEAR } from "../predictor/movie.ts";
import { capitalised, nounsOf } from "../predictor/nouns.ts";
import { MAX_TITLE_CHARACTERS } from "../predictor/preprocess/title.ts";
import type { LabelsSpec } from "../predictor/targets/labels.ts";
import type { FormatName } from "./batch/format.ts";
import { MISSING } from "./batch/missing.ts";
import { fileInputs, pluralOf, servedType } from "./core/inputs/types.ts";
import { hasOption, subjectOf } from "./core/targets/types.ts";

/** Labels shown where nothing else is asked for. */
export const TOP = 5;

/** The options of every bundle; those of its inputs are beside them, under the names of `optionKeys`. */
export interface Options extends Readonly<Record<string, unknown>> {
  readonly model?: string | undefined;
  readonly precision: Precision;
  readonly top?: number | undefined;
  readonly allowEmpty?: boolean | undefined;
  readonly json: boolean;
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  readonly rejects?: string | undefined;
  readonly overwrite: boolean;
  readonly shards?: string | undefined;
  readonly shardRows?: number | undefined;
  readonly workers?: number | undefined;
  readonly format?: FormatName | undefined;
  readonly queue?: string | undefined;
  readonly storage?: string | undefined;
  readonly merge: boolean;
}

type Described = Pick<Manifest, "inputs" | "nouns" | "target">;

/** Enough that starting a shard costs little, few enough that a process that dies loses little. */
export const SHARD_ROWS = 10_000;

export interface OptionKeys {
  /** By input: its value. */
  readonly values: Readonly<Record<string, string>>;
  /** By input that is a file: the folder with those of --input. */
  readonly folders: Readonly<Record<string, string>>;
  /** By input that is a file: what becomes of rows of --input that lack it. */
  readonly missing: Readonly<Record<string, string>>;
}

/** Names of the inputs' options: the inputs' own, unless these are taken or would be read as `--no-...`. */
export function optionKeys(inputs: InputSpecs): OptionKeys {
  const claim = createKeys();
  const values = valueKeys(Object.keys(inputs), claim);
  const folders = fileInputs(inputs).map((name) => [name, claim(pluralOf(name), "folder")]);
  const missing = fileInputs(inputs).map((name) => {
    const key = `missing${capitalised(name)}`;
    return [name, claim(key, "input")];
  });
  return {
    values,
    folders: Object.fromEntries(folders),
    missing: Object.fromEntries(missing),
  };
}

/** The program for a bundle. */
export function programFor(manifest: Described): Program<z.ZodType<Options>> {
  const { inputs, target } = manifest;
  const { item, items, labels } = nounsOf(manifest);
  const keys = optionKeys(inputs);
  const names = Object.keys(inputs);
  const columns = names.map((name) => {
    const { inFiles } = servedType(inputs[name]!);
    return inFiles === undefined ? name : `${name} (${inFiles})`;
  });
  const text = z.string().min(1).optional();
  const shape: Record<string, z.ZodType> = {
    model: modelOption,
    precision: z.enum(PRECISIONS).default("fp32").describe("which of the bundle's graphs to run"),
  };
  for (const [name, spec] of Object.entries(inputs)) {
    const option = servedType(spec).option(spec);
    shape[keys.values[name]!] = option.optional().describe(option.description ?? "");
  }
  if (hasOption(target, "topK")) {
    shape.top = z
      .int()
      .min(1)
      .optional()
      .describe(`${labels} to show (default: ${TOP}, with --json all)`);
  }
  if (hasOption(target, "allowEmpty")) {
    shape.allowEmpty = z
      .boolean()
      .default(false)
      .describe(`select none of the ${labels} if none reaches its threshold`);
  }
  shape.json = z.boolean().default(false).describe("print everything as JSON");
  shape.input = text.describe(
    `${items}, .csv, .jsonl or .json, also .gz, with any of ${listOf(["id", ...columns])}`,
  );
  for (const [name, key] of Object.entries(keys.folders)) {
    shape[key] = text.describe(
      `folder with the ${pluralOf(name)} of --input, by their names or as ID.jpg`,
    );
  }
  for (const [name, key] of Object.entries(keys.missing)) {
    shape[key] = z
      .enum(MISSING)
      .optional()
      .describe(
        `what to do with rows of --input whose ${name} is missing or broken: reject them, or use-rest: answer from their other inputs (default: reject)`,
      );
  }
  shape.output = text.describe(
    "file for the answers of --input: .csv, or else one line of JSON each; run again to continue",
  );
  shape.rejects = text.describe(
    "file for the rejected rows of --input, with reasons; default: OUTPUT.rejects",
  );
  shape.overwrite = z
    .boolean()
    .default(false)
    .describe("start over, even if --output or --shards exists");
  shape.shards = text.describe(
    "split --input, here also a folder, a pattern or .parquet, into shards, and write the answers to files in this folder",
  );
  shape.shardRows = z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe(`with --shards: rows per shard (default: ${SHARD_ROWS})`);
  shape.workers = z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe(
      "with --shards: number of single-threaded scoring processes (default: one per CPU core)",
    );
  shape.format = z
    .enum(["jsonl", "csv"])
    .optional()
    .describe(
      "with --shards: format of the answers (default: by the extension of --output, else jsonl)",
    );
  shape.queue = queueUrl
    .optional()
    .describe(
      "with --shards: queue whose workers do the scoring, redis://host:port; see docs/many-machines.md",
    );
  shape.storage = text.describe(
    "with --shards: folder or s3://BUCKET/PREFIX for the shards' outputs (default: in --shards, until all are done)",
  );
  shape.merge = z
    .boolean()
    .default(false)
    .describe(
      "with --shards: join its files into --output and --rejects; without --input, do only that",
    );
  return {
    name: "npm run predict --",
    description: `Predicts the ${subjectOf(manifest)} of one ${item} (give any of ${listOf(names)}), or of a file of ${items}, with a published bundle.`,
    schema: z.strictObject(shape) as unknown as z.ZodType<Options>,
  };
}

/** The program for the bundle that the arguments name, or else the default one; for movies, if it cannot be read. */
export async function programOf(argv: readonly string[]): Promise<Program<z.ZodType<Options>>> {
  let manifest: Manifest;
  try {
    manifest = await openManifest(flagValue(argv, "--model") ?? (await findBundle()));
  } catch (error) {
    const movies = programFor({ inputs: MOVIE_INPUTS, target: MOVIE_TARGET });
    // An option that movies do not have may be the bundle's: then what is wrong is the bundle.
    if (hasUnknownOption(movies, argv)) throw error;
    return movies;
  }
  return programFor(manifest);
}

function hasUnknownOption(program: Program<z.ZodType>, argv: readonly string[]): boolean {
  try {
    createOptions(program).read(argv);
    return false;
  } catch (error) {
    return (error as Error).message.startsWith("unknown option");
  }
}

const MOVIE_TARGET: LabelsSpec = {
  type: "labels",
  labels: [],
  thresholds: { perLabel: [], subsets: [] },
};

/** As far as options need them. */
const MOVIE_INPUTS: MovieInputs = {
  title: {
    type: "text",
    form: "title",
    maxCharacters: MAX_TITLE_CHARACTERS,
    maxWords: 1,
    piecesPerWord: 1,
    vocabulary: [],
    vectorWords: [],
    ngrams: { min: 1, max: 1, buckets: 0 },
  },
  year: YEAR,
  poster: { type: "image", height: 1, width: 1 },
  ratings: {
    type: "ratings",
    users: [],
    groups: { genders: [], ages: [], occupations: [] },
    stars: { min: 1, max: 5 },
    maxRatings: 1,
  },
};
