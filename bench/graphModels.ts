/**
 * `node --import tsx bench/graphModels.ts --models PATHS`: converts every graph model in folders, and compares each with
 * TensorFlow.js. Results are in bench/notes/convert.md, with the packages that hold the models.
 */
import { cpus } from "node:os";
import * as ort from "onnxruntime-node";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { markdownTable } from "../pipeline/evaluate/table.ts";
import { type Conversion, convert, type LayersArtifacts } from "../pipeline/export/convert.ts";
import { scientific } from "../pipeline/export/report.ts";
import type { Feed } from "../pipeline/export/verify/feeds.ts";
import { type OutputComparison, TOLERANCE, verdictOf } from "../pipeline/export/verify/measure.ts";
import { graphRunner } from "../pipeline/export/verify/onnx.ts";
import { openOriginal } from "../pipeline/export/verify/tfjs.ts";
import { compareWithOriginal } from "../pipeline/export/verify/verify.ts";
import {
  countNodes,
  findGraphModels,
  inputOptions,
  type ModelFile,
  readArtifacts,
  readShapes,
  readValues,
} from "./convert/modelFiles.ts";
import { median } from "./statistics.ts";

/** Timed conversions of each model, in one process; the median of their processor times counts. */
const CONVERSIONS = 3;

const program = {
  name: "node --import tsx bench/graphModels.ts",
  description:
    "Converts every graph model in files and folders, compares each with TensorFlow.js on random inputs, and prints a table.",
  schema: z.strictObject({
    models: z.array(z.string().min(1)).min(1).describe("model.json files, or folders of them"),
    shapes: z
      .array(z.string())
      .default([])
      .describe("shapes of inputs that the models leave open, as name=1x224x224x3"),
    compare: z.boolean().default(true).describe("whether to run both models, which takes minutes"),
    values: z
      .array(z.string())
      .default([])
      .describe("what inputs are filled with in place of random numbers, as name=0.5"),
  }),
};

interface Settings {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly values: ReadonlyMap<string, number>;
  readonly compare: boolean;
}

await runCommand(program, async ({ models, compare, ...texts }) => {
  const settings = { shapes: readShapes(texts.shapes), values: readValues(texts.values), compare };
  const rows: Row[] = [];
  for (const file of findGraphModels(models)) {
    const row = await measure(file, settings).catch((error: Error): Row => {
      return { cells: [file.name, "", "", "", "", error.message.split("\n")[0]!], passes: false };
    });
    console.error(row.cells.join("  "));
    rows.push(row);
  }
  const passed = rows.filter(({ passes }) => passes).length;
  console.log(`${cpus()[0]?.model.trim()}, node ${process.version}`);
  const agree = compare ? " and agree with TensorFlow.js" : "";
  console.log(`${passed} of ${rows.length} models convert${agree}\n`);
  console.log(
    markdownTable(
      ["model", "nodes", "weights MB", "ONNX MB", "processor ms", "largest relative error"],
      rows.map(({ cells }) => cells),
    ),
  );
  return passed === rows.length ? 0 : 1;
});

interface Row {
  readonly cells: readonly string[];
  readonly passes: boolean;
}

/** @throws whatever refuses the model: the converter, TensorFlow.js or ONNX Runtime. */
async function measure(file: ModelFile, settings: Settings): Promise<Row> {
  const artifacts = await readArtifacts(file);
  const options = { inputs: inputOptions(artifacts, settings.shapes) };
  const times: number[] = [];
  for (let i = 0; i < CONVERSIONS; i++) {
    const before = process.cpuUsage();
    convert(artifacts, options);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  const conversion = convert(artifacts, options);
  const weights = artifacts.weightData as readonly Uint8Array[];
  const error = settings.compare
    ? await compareOutputs(artifacts, conversion, settings)
    : undefined;
  const cells = [
    file.name,
    `${countNodes(file)} -> ${conversion.nodes}`,
    megabytes(weights.reduce((sum, { byteLength }) => sum + byteLength, 0)),
    megabytes(conversion.onnx.byteLength),
    median(times).toFixed(0),
    error?.text ?? "",
  ];
  return { cells, passes: error?.passes ?? true };
}

/** The largest error over all outputs and batch sizes, and what excuses those above the tolerance. */
async function compareOutputs(
  artifacts: LayersArtifacts,
  conversion: Conversion,
  { values }: Settings,
): Promise<{ text: string; passes: boolean }> {
  const filled = (feeds: readonly Feed[]): Feed[] =>
    feeds.map((feed) => {
      const value = values.get(feed.info.name);
      return value === undefined ? feed : { ...feed, data: feed.data.map(() => value) };
    });
  const runGraph = graphRunner(ort);
  const outputs = await compareWithOriginal({
    artifacts,
    conversion,
    tolerance: TOLERANCE.fp32,
    openOriginal: async (model, cut) => {
      const run = await openOriginal(model, cut);
      return (feeds) => run(filled(feeds));
    },
    runGraph: (graph, feeds) => runGraph(graph, filled(feeds)),
  });
  // NaN, where sizes differ, counts as largest
  const size = ({ relative }: OutputComparison) => (Number.isNaN(relative) ? Infinity : relative);
  const worst = outputs.reduce((a, b) => (size(a) >= size(b) ? a : b));
  const { text } = verdictOf(worst, TOLERANCE.fp32);
  const error = Number.isNaN(worst.relative) ? "sizes differ" : scientific(worst.relative);
  return {
    text: text === "ok" ? error : `${error}; ${text}`,
    passes: outputs.every((row) => verdictOf(row, TOLERANCE.fp32).passes),
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e5 ? 4 : 2);
}
