/** What the command `tfjs-to-onnx` does. */
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Conversion, type ConvertOptions, convert, type LayersArtifacts } from "../convert.ts";
import { ConvertError, OutputError } from "../errors.ts";
import { isGraphDef } from "../graph/graphDef.ts";
import { readModelJson } from "../modelJson.ts";
import { type OutputComparison, requireWithin, TOLERANCE } from "../verify/measure.ts";
import { NotCompared } from "../verify/notCompared.ts";
import { openSource, writeFiles } from "./files.ts";
import { type Options, readCommandLine, UsageError } from "./options.ts";
import { isInstalled, RUNTIME, requireComparison } from "./peers.ts";
import { comparisonTable, describeConversion } from "./report.ts";

/** Loaded where it is needed: the command starts without it. */
const comparison = () => import("./verify.ts");

/** Exit codes, the same as those of the project's other commands. */
const FAILED = 1;
/** The options or the model are wrong: the same command will fail again. */
const WRONG_INPUT = 2;

/** Writes the file after everything else has succeeded. */
async function convertFile(options: Options): Promise<void> {
  const { modelPath, outPath, dtype } = options;
  const artifacts = await readModel(modelPath);
  if (options.verify) requireComparison(isGraphDef(artifacts.modelTopology));
  const settings = convertOptions(options);
  if (options.layers) settings.layers = await readLayers(options.layers);
  const started = performance.now();
  const conversion = convert(artifacts, { ...settings, dtype });
  const milliseconds = performance.now() - started;
  const full = dtype === "fp32" ? conversion : convert(artifacts, settings);
  if (options.verify) await check(artifacts, conversion, full, options);
  const comparable = conversion !== full && isInstalled(RUNTIME);
  const distance = comparable
    ? await (await comparison()).distanceToFull(conversion, full)
    : undefined;
  await writeModel(outPath, conversion);
  console.log(
    describeConversion({ path: outPath, dtype, conversion, full, distance, milliseconds }),
  );
  if (conversion !== full && !comparable)
    console.log(`  error against fp32: not measured, for ${RUNTIME} is not installed`);
}

function convertOptions(options: Options): ConvertOptions {
  const { inputs, outputNames, name, batchName, externalAbove, outPath, cut } = options;
  return {
    inputs,
    ...(options.for ? { for: options.for } : {}),
    ...(cut ? { cut } : {}),
    externalData: {
      path: `${basename(outPath)}.data`,
      ...(externalAbove === undefined ? {} : { above: externalAbove }),
    },
    ...(outputNames ? { outputNames } : {}),
    ...(name ? { name } : {}),
    ...(batchName ? { batchName } : {}),
  };
}

/** The exports of a module of custom layers, which may also register them with TensorFlow.js for --verify. */
async function readLayers(path: string): Promise<NonNullable<ConvertOptions["layers"]>> {
  try {
    const { default: _, ...layers } = await import(pathToFileURL(path).href);
    return layers;
  } catch (error) {
    throw new ConvertError([
      {
        path,
        message: `the layers cannot be loaded: ${error instanceof Error ? error.message : error}`,
      },
    ]);
  }
}

async function readModel(path: string): Promise<LayersArtifacts> {
  let json: unknown;
  try {
    // some editors put a mark in front of UTF-8
    json = JSON.parse((await readFile(path, "utf8")).replace(/^\uFEFF/, ""));
  } catch (error) {
    const reason =
      error instanceof SyntaxError ? `it is not JSON (${error.message})` : readError(error);
    throw new ConvertError([{ path, message: `the model cannot be read: ${reason}` }]);
  }
  return readModelJson(json, async (shard) => {
    try {
      return await openSource(join(dirname(path), shard));
    } catch (error) {
      throw new Error(readError(error));
    }
  });
}

function readError(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EISDIR") return "it is a folder; give the model.json in it";
  return code === "ENOENT"
    ? "there is no such file"
    : String(error instanceof Error ? error.message : error);
}

/** Prints the comparison; throws where an error is above the tolerance, so that nothing is written. */
async function check(
  artifacts: LayersArtifacts,
  conversion: Conversion,
  full: Conversion,
  options: Options,
): Promise<void> {
  const tolerance = options.tolerance ?? TOLERANCE[options.dtype];
  const { requireFinite, verify } = await comparison();
  const other = options.dtype === "fp32" ? undefined : full;
  let rows: OutputComparison[];
  try {
    rows = await verify({ artifacts, conversion, full: other, tolerance, cut: options.cut });
  } catch (error) {
    if (!(error instanceof NotCompared)) throw error;
    await requireFinite(conversion);
    console.log(`not compared: ${error.message}`);
    return;
  }
  console.log(comparisonTable(rows, tolerance));
  requireWithin(tolerance, rows, "no file was written");
}

/** Writes the model, and its weights beside it where they are in a file of their own. */
async function writeModel(path: string, { parts, externalData }: Conversion): Promise<void> {
  const weights = externalData && {
    path: join(dirname(path), externalData.path),
    parts: externalData.parts,
  };
  try {
    await writeFiles([...(weights ? [weights] : []), { path, parts }]);
  } catch (error) {
    throw new OutputError([{ path, message: `the file cannot be written: ${readError(error)}` }]);
  }
}

/**
 * A sentence for what a user can mend; the stack for the converter's own mistakes, and for every error with DEBUG=1.
 */
function explain(error: unknown): string {
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof ConvertError || error instanceof UsageError)
    return `error: ${process.env.DEBUG ? stack : message}`;
  return `internal: ${stack}\nThis is a bug of the converter; please report it with the model.json.`;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof OutputError) return FAILED;
  return error instanceof ConvertError || error instanceof UsageError ? WRONG_INPUT : FAILED;
}

/** Does what the command line says; prints errors and sets the exit code. */
export async function run(): Promise<void> {
  try {
    const line = readCommandLine(process.argv.slice(2));
    if ("text" in line) console.log(line.text);
    else await convertFile(line.options);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
