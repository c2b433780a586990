/** `npm run convert`: a TensorFlow.js model.json in, an ONNX file out. */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import {
  type Conversion,
  type ConvertOptions,
  convert,
  type InputDType,
  type LayersArtifacts,
} from "../convert.ts";
import { ConvertError, OutputError } from "../errors.ts";
import { readModelJson } from "../modelJson.ts";
import { requireWithin, TOLERANCE } from "../verify/measure.ts";
import { comparisonTable, describeConversion } from "./report.ts";
import { distanceToFull, verify } from "./verify.ts";

/** Exit codes, the same as those of the project's other commands. */
const FAILED = 1;
/** The options or the model are wrong: the same command will fail again. */
const WRONG_INPUT = 2;

type Inputs = NonNullable<ConvertOptions["inputs"]>;

interface Options {
  dtype: "fp32" | "fp16" | "q8";
  verify?: boolean;
  tolerance?: number;
  inputShape: Inputs;
  inputDtype: Inputs;
  outputNames?: string[];
  name?: string;
  batchName?: string;
}

const INPUT_DTYPES: readonly string[] = [
  "uint8",
  "int32",
  "int64",
  "float32",
  "bool",
] satisfies InputDType[];

/** `name=1,128` or `name=batch,height,width,3`, where words are symbolic sizes. */
function addShape(text: string, before: Inputs): Inputs {
  const [, name, list] = /^(.+)=([\w,]+)$/.exec(text) ?? [];
  if (!name || !list)
    throw new InvalidArgumentError("It must look like name=1,128 or name=batch,time.");
  const shape = list.split(",").map((d) => (/^\d+$/.test(d) ? Number(d) : d));
  return { ...before, [name]: { ...before[name], shape } };
}

function addDtype(text: string, before: Inputs): Inputs {
  const [, name, dtype] = /^(.+)=(\w+)$/.exec(text) ?? [];
  if (!name || !dtype || !INPUT_DTYPES.includes(dtype)) {
    throw new InvalidArgumentError(
      `It must look like name=uint8; types are ${INPUT_DTYPES.join(", ")}.`,
    );
  }
  return { ...before, [name]: { ...before[name], dtype: dtype as InputDType } };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("It must be a positive number.");
  return value;
}

/** The options and their help; parsing runs the conversion. */
function command(): Command {
  return (
    new Command("npm run convert --")
      .description("Converts a TensorFlow.js LayersModel to ONNX.")
      .configureHelp({ helpWidth: 110 })
      // commander would print an error itself and end the process: main prints all errors alike
      .configureOutput({ outputError: () => {} })
      .exitOverride()
      .argument("<model.json>", "the model as model.save() wrote it, its weight files beside it")
      .argument("<out.onnx>", "the file to write")
      .addOption(
        new Option("--dtype <dtype>", "precision of the weights")
          .choices(["fp32", "fp16", "q8"])
          .default("fp32"),
      )
      .option(
        "--verify",
        "run both models on random inputs at two batch sizes, and compare; exit status 1 above the tolerance",
      )
      .option(
        "--tolerance <x>",
        "largest error allowed, relative to the largest value of an output",
        positive,
      )
      .option(
        "--input-shape <name=sizes>",
        "sizes of an input, e.g. x=1,128 (repeatable)",
        addShape,
        {},
      )
      .option(
        "--input-dtype <name=dtype>",
        "element type an input is fed as, e.g. image=uint8 (repeatable)",
        addDtype,
        {},
      )
      .option(
        "--output-names <names>",
        "names of the outputs, separated by commas",
        (text: string) => text.split(","),
      )
      .option("--name <name>", "name of the graph")
      .option("--batch-name <name>", "name of the batch size")
      .action(convertFile)
  );
}

/** Writes the file after everything else has succeeded. */
async function convertFile(modelPath: string, outPath: string, options: Options): Promise<void> {
  const artifacts = await readModel(modelPath);
  const settings = convertOptions(options);
  const started = performance.now();
  const conversion = convert(artifacts, { ...settings, dtype: options.dtype });
  const milliseconds = performance.now() - started;
  const full = options.dtype === "fp32" ? conversion : convert(artifacts, settings);
  if (options.verify) await check(artifacts, conversion, full, options);
  const distance = conversion === full ? undefined : await distanceToFull(conversion, full);
  await writeWhole(outPath, conversion.onnx);
  const { dtype } = options;
  console.log(
    describeConversion({ path: outPath, dtype, conversion, full, distance, milliseconds }),
  );
}

function convertOptions({
  inputShape,
  inputDtype,
  outputNames,
  name,
  batchName,
}: Options): ConvertOptions {
  const names = new Set([...Object.keys(inputShape), ...Object.keys(inputDtype)]);
  const inputs = Object.fromEntries(
    [...names].map((n) => [n, { ...inputShape[n], ...inputDtype[n] }]),
  );
  return {
    inputs,
    ...(outputNames ? { outputNames } : {}),
    ...(name ? { name } : {}),
    ...(batchName ? { batchName } : {}),
  };
}

async function readModel(path: string): Promise<LayersArtifacts> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    const reason =
      error instanceof SyntaxError ? `it is not JSON (${error.message})` : readError(error);
    throw new ConvertError([{ path, message: `the model cannot be read: ${reason}` }]);
  }
  return readModelJson(json, async (shard) => {
    try {
      return await readFile(join(dirname(path), shard));
    } catch (error) {
      throw new Error(readError(error));
    }
  });
}

function readError(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
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
  const other = options.dtype === "fp32" ? undefined : full;
  const rows = await verify({ artifacts, conversion, full: other, tolerance });
  console.log(comparisonTable(rows, tolerance));
  requireWithin(tolerance, rows, "no file was written");
}

/** Writes the whole file or none. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new OutputError([{ path, message: `the file cannot be written: ${readError(error)}` }]);
  }
}

/**
 * A sentence for what a user can mend; the stack for the converter's own mistakes, and for every error with DEBUG=1.
 */
function explain(error: unknown): string {
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof ConvertError || error instanceof CommanderError)
    return `error: ${process.env.DEBUG ? stack : message.replace(/^error: /, "")}`;
  return `internal: ${stack}\nThis is a bug of the converter; please report it with the model.json.`;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof OutputError) return FAILED;
  return error instanceof ConvertError || error instanceof CommanderError ? WRONG_INPUT : FAILED;
}

try {
  await command().parseAsync();
} catch (error) {
  // --help ends here too, with exit code 0
  if (!(error instanceof CommanderError && error.exitCode === 0)) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
