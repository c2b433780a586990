/** The command's options: one table, from which they are read and the help is written. */
import { parseArgs } from "node:util";
import type { ConvertOptions, InputDType } from "../convert.ts";
import { nearest } from "../nearest.ts";
import about from "../package.json" with { type: "json" };
import { PRECISION_NAMES, type Precision } from "../precision/precisions.ts";
import { PURPOSES, type Purpose } from "../purpose.ts";

type Inputs = NonNullable<ConvertOptions["inputs"]>;

/** What the command line asks for. */
export interface Options {
  modelPath: string;
  outPath: string;
  dtype: Precision;
  for?: Purpose;
  verify: boolean;
  tolerance?: number;
  inputs: Inputs;
  /** For a graph model: inner tensors in place of its inputs or outputs. */
  cut?: NonNullable<ConvertOptions["cut"]>;
  outputNames?: string[];
  name?: string;
  batchName?: string;
  /** Weights of more bytes than this are written into a file of their own. */
  externalAbove?: number;
  /** A module of custom layers. */
  layers?: string;
}

/** The command line is wrong: a sentence for its user. */
export class UsageError extends Error {}

/** The command, or the text that it prints instead of running. */
export type CommandLine = { readonly options: Options } | { readonly text: string };

interface Row {
  readonly flag: string;
  /** Its value in the help; absent for a switch. */
  readonly value?: string;
  readonly about: string;
  /** Throws an Error that says what a value must be. */
  set(options: Options, text: string): void;
}

const ARGUMENTS = [
  {
    name: "model.json",
    about:
      "the model as model.save() or tensorflowjs_converter wrote it, its weight files beside it",
  },
  { name: "out.onnx", about: "the file to write" },
] as const;

const ROWS: readonly Row[] = [
  {
    flag: "dtype",
    value: "dtype",
    about: "fp32 (default), fp16, fp16-weights (stored half, computed single) or q8",
    set: (options, text) => {
      options.dtype = oneOf(PRECISION_NAMES, text);
    },
  },
  {
    flag: "for",
    value: "purpose",
    about: "latency (default) or throughput: recurrent layers for small or for large batches",
    set: (options, text) => {
      options.for = oneOf(PURPOSES, text);
    },
  },
  {
    flag: "verify",
    about: "run both models on random inputs at two batch sizes, and compare them",
    set: (options) => {
      options.verify = true;
    },
  },
  {
    flag: "tolerance",
    value: "x",
    about: "largest error allowed, relative to the largest value of an output",
    set: (options, text) => {
      options.tolerance = Number(text);
      if (!(options.tolerance > 0)) throw new Error("It must be a positive number.");
    },
  },
  {
    flag: "input-shape",
    value: "name=sizes",
    about: "sizes of an input, e.g. x=1,128 (repeatable)",
    set: addShape,
  },
  {
    flag: "input-dtype",
    value: "name=dtype",
    about: "element type an input is fed as, e.g. image=uint8 (repeatable)",
    set: addDtype,
  },
  {
    flag: "inputs",
    value: "nodes",
    about: "graph models: inner tensors to use as inputs, separated by commas",
    set: (options, text) => {
      options.cut = { ...options.cut, inputs: text.split(",") };
    },
  },
  {
    flag: "outputs",
    value: "nodes",
    about: "graph models: inner tensors to use as outputs, separated by commas",
    set: (options, text) => {
      options.cut = { ...options.cut, outputs: text.split(",") };
    },
  },
  {
    flag: "output-names",
    value: "names",
    about: "names of the outputs, separated by commas",
    set: (options, text) => {
      options.outputNames = text.split(",");
    },
  },
  {
    flag: "name",
    value: "name",
    about: "name of the graph",
    set: (options, text) => {
      options.name = text;
    },
  },
  {
    flag: "batch-name",
    value: "name",
    about: "name of the batch size",
    set: (options, text) => {
      options.batchName = text;
    },
  },
  {
    flag: "external-data",
    value: "bytes",
    about: "write weights of more than this many bytes to out.onnx.data (default 2e9)",
    set: (options, text) => {
      options.externalAbove = Number(text);
      if (!(options.externalAbove >= 0)) throw new Error("It must be a number of bytes.");
    },
  },
  {
    flag: "layers",
    value: "file",
    about: "a module whose exported functions write the layers of the classes they are named after",
    set: (options, text) => {
      options.layers = text;
    },
  },
];
/** Rows that print something in place of running. */
const TEXTS: readonly { flag: string; short: string; about: string; text: () => string }[] = [
  { flag: "version", short: "V", about: "print the version", text: () => about.version },
  { flag: "help", short: "h", about: "print this help", text: help },
];

function oneOf<T extends string>(allowed: readonly T[], text: string): T {
  const found = allowed.find((each) => each === text);
  if (found === undefined) throw new Error(`Allowed choices are ${allowed.join(", ")}.`);
  return found;
}

/** `name=1,128` or `name=batch,height,width,3`, where words are symbolic sizes. */
function addShape({ inputs }: Options, text: string): void {
  const [, name, list] = /^(.+)=([\w,]+)$/.exec(text) ?? [];
  if (!name || !list) throw new Error("It must look like name=1,128 or name=batch,time.");
  const shape = list.split(",").map((d) => (/^\d+$/.test(d) ? Number(d) : d));
  inputs[name] = { ...inputs[name], shape };
}

const INPUT_DTYPES: readonly InputDType[] = ["uint8", "int32", "int64", "float32", "bool"];

function addDtype({ inputs }: Options, text: string): void {
  const [, name, word] = /^(.+)=(\w+)$/.exec(text) ?? [];
  const dtype = INPUT_DTYPES.find((each) => each === word);
  if (!name || !dtype)
    throw new Error(`It must look like name=uint8; types are ${INPUT_DTYPES.join(", ")}.`);
  inputs[name] = { ...inputs[name], dtype };
}

/** Throws UsageError. Help or version win over whatever else is there. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: {
      ...Object.fromEntries(
        ROWS.map(({ flag, value }) => [flag, { type: value ? "string" : "boolean" } as const]),
      ),
      ...Object.fromEntries(
        TEXTS.map(({ flag, short }) => [flag, { type: "boolean", short } as const]),
      ),
    },
  });
  const asked = TEXTS.find(({ flag }) =>
    tokens.some((token) => token.kind === "option" && token.name === flag),
  );
  if (asked) return { text: asked.text() };

  const paths: string[] = [];
  const options: Options = {
    modelPath: "",
    outPath: "",
    dtype: "fp32",
    verify: false,
    inputs: {},
  };
  for (const token of tokens) {
    if (token.kind === "positional") paths.push(token.value);
    if (token.kind === "option") readOption(options, token);
  }
  const missing = ARGUMENTS[paths.length];
  if (missing) throw new UsageError(`missing required argument '${missing.name}'`);
  if (paths.length > ARGUMENTS.length) {
    throw new UsageError(
      `too many arguments: expected ${ARGUMENTS.length}, got ${paths.length} (${paths.join(", ")})`,
    );
  }
  [options.modelPath, options.outPath] = paths as [string, string];
  return { options };
}

interface Token {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function readOption(options: Options, { name, rawName, value, inlineValue }: Token): void {
  const row = ROWS.find(({ flag }) => flag === name);
  if (!row) {
    const meant = nearest(
      name,
      [...ROWS, ...TEXTS].map(({ flag }) => flag),
    );
    throw new UsageError(
      `unknown option '${rawName}'${meant ? `\n(Did you mean --${meant}?)` : ""}`,
    );
  }
  if (!row.value && value !== undefined) {
    throw new UsageError(`option '${synopsis(row)}' takes no argument, got '${value}'`);
  }
  // "--name --verify" forgets the name; a value that begins with a dash is given as --name=-x
  if (row.value && (value === undefined || (value.startsWith("-") && !inlineValue))) {
    throw new UsageError(`option '${synopsis(row)}' argument missing`);
  }
  try {
    row.set(options, value ?? "");
  } catch (error) {
    const reason = (error as Error).message;
    throw new UsageError(`option '${synopsis(row)}' argument '${value}' is invalid. ${reason}`);
  }
}

function synopsis({ flag, value }: { flag: string; value?: string }): string {
  return value ? `--${flag} <${value}>` : `--${flag}`;
}

function help(): string {
  const rows = [
    ...ROWS.map((row) => [synopsis(row), row.about] as const),
    ...TEXTS.map((row) => [`-${row.short}, ${synopsis(row)}`, row.about] as const),
  ];
  return [
    `Usage: tfjs-to-onnx [options] ${ARGUMENTS.map(({ name }) => `<${name}>`).join(" ")}`,
    "Converts a TensorFlow.js LayersModel or GraphModel to ONNX.",
    `Arguments:\n${columns(ARGUMENTS.map(({ name, about }) => [name, about]))}`,
    `Options:\n${columns(rows)}`,
  ].join("\n\n");
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
