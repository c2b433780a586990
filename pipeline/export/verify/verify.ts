/** Runs the TensorFlow.js model and the ONNX graph on the same random inputs and measures how far they are apart. */
import type { LayersArtifacts } from "../artifacts.ts";
import type { Conversion } from "../convert.ts";
import { ConvertError, OutputError } from "../errors.ts";
import type { Cut } from "../graph/signature.ts";
import { operator } from "../ops.ts";
import { batchesOf, type Feed } from "./feeds.ts";
import {
  type Difference,
  difference,
  type OutputComparison,
  type OutputValues,
} from "./measure.ts";
import { NotCompared } from "./notCompared.ts";
import { nudgedArtifacts, nudgedFeeds } from "./sensitivity.ts";

/** All outputs of the original, in the order of its outputs. */
export type RunOriginal = (feeds: readonly Feed[]) => OutputValues[] | Promise<OutputValues[]>;
/** Loads the original, of a graph model what `cut` leaves. Rejects where TensorFlow.js cannot. */
export type OpenOriginal = (artifacts: LayersArtifacts, cut?: Cut) => Promise<RunOriginal>;
/** All outputs of a converted graph, in the same order. */
export type RunGraph = (conversion: Conversion, feeds: readonly Feed[]) => Promise<OutputValues[]>;

/** What is compared, and the runtimes. */
export interface ComparisonOptions {
  artifacts: LayersArtifacts;
  conversion: Conversion;
  /** The option of the conversion. */
  cut?: Cut | undefined;
  /** The fp32 graph, for a conversion in another precision. */
  full?: Conversion | undefined;
  /** Largest relative error that needs no explanation. */
  tolerance: number;
  openOriginal: OpenOriginal;
  runGraph: RunGraph;
}

/** How often the original is moved by one unit in the last place; the largest effect counts. */
const NUDGES = 3;

/**
 * Compares every output at two batch sizes (one where the batch is fixed), and with `full` also against that graph. For
 * batches with an output above the tolerance the model's sensitivity is measured, too.
 *
 * @throws NotCompared where TensorFlow.js cannot serve as the reference, fails, or draws other random numbers.
 */
export async function compareWithOriginal(options: ComparisonOptions): Promise<OutputComparison[]> {
  const { artifacts, conversion, full, tolerance, openOriginal, runGraph } = options;
  const rows: OutputComparison[] = [];
  const open: OpenOriginal = (model) => openOriginal(model, options.cut);
  if (Object.keys(conversion.ops).some((op) => operator(op).random))
    throw new NotCompared("the model draws random numbers, which no two runs have in common");
  const run = await open(artifacts);
  let moved: RunOriginal[] | undefined;
  for (const { batch, feeds } of batchesOf(conversion)) {
    const expected = await expectedOf(run, feeds);
    const actual = await runGraph(conversion, feeds);
    const reference = full && (await runGraph(full, feeds));
    const found = expected.map((want, i): OutputComparison => {
      const got = actual[i];
      const output = conversion.outputs[i]?.name ?? String(i);
      if (!got) throw new Error(`internal: output ${output} is missing`);
      const whole = reference?.[i];
      return {
        output,
        batch,
        shape: got.shape,
        ...difference(got, want),
        ...(whole ? { againstFull: difference(got, whole) } : {}),
      };
    });
    // NaN, where shapes differ, is above it too
    if (!found.every(({ relative }) => relative <= tolerance)) {
      moved ??= await openMoved(artifacts, open);
      const most = await sensitivities(moved, feeds, expected);
      for (const [i, row] of found.entries()) row.sensitivity = most[i] as number;
    }
    rows.push(...found);
  }
  return rows;
}

/** What TensorFlow.js gives; some graphs it loads and cannot run. */
async function expectedOf(run: RunOriginal, feeds: readonly Feed[]): Promise<OutputValues[]> {
  try {
    return await run(feeds);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof ConvertError || message.startsWith("internal:")) throw error;
    throw new NotCompared(
      `TensorFlow.js fails when it runs the original: ${message.split("\n")[0]}`,
    );
  }
}

/** The originals whose weights are moved. */
async function openMoved(
  artifacts: LayersArtifacts,
  openOriginal: OpenOriginal,
): Promise<RunOriginal[]> {
  const opened: RunOriginal[] = [];
  for (let seed = 1; seed <= NUDGES; seed++) {
    const nudged = nudgedArtifacts(artifacts, seed);
    if (nudged) opened.push(await openOriginal(nudged));
  }
  return opened;
}

/** For each output, the largest relative difference that moved weights and inputs make. */
async function sensitivities(
  moved: readonly RunOriginal[],
  feeds: readonly Feed[],
  expected: readonly OutputValues[],
): Promise<number[]> {
  const most = expected.map(() => 0);
  for (const [seed, run] of moved.entries()) {
    const outputs = await run(nudgedFeeds(feeds, seed));
    for (const [i, want] of expected.entries()) {
      const { relative } = difference(outputs[i] as OutputValues, want);
      // how many values there are may depend on them: then rounding changes the shape
      const isOther = String(outputs[i]?.shape) !== String(want.shape);
      // NaN: a NaN of its own, which says nothing about rounding
      if (isOther || relative > (most[i] as number)) most[i] = isOther ? Infinity : relative;
    }
  }
  return most;
}

/** For reduced precisions: the largest distance of any output to the fp32 graph, on the same inputs. */
export async function distanceToFull(
  conversion: Conversion,
  full: Conversion,
  runGraph: RunGraph,
): Promise<Difference> {
  const worst = { absolute: 0, relative: 0 };
  for (const { feeds } of batchesOf(conversion)) {
    const [actual, expected] = [await runGraph(conversion, feeds), await runGraph(full, feeds)];
    for (const [i, want] of expected.entries()) {
      const { absolute, relative } = difference(actual[i] as OutputValues, want);
      // Math.max keeps a NaN
      worst.absolute = Math.max(worst.absolute, absolute);
      worst.relative = Math.max(worst.relative, relative);
    }
  }
  return worst;
}

/** Throws OutputError for a graph that does not run, or has an output that is not finite. */
export async function requireFinite(conversion: Conversion, runGraph: RunGraph): Promise<void> {
  for (const { batch, feeds } of batchesOf(conversion)) {
    const outputs = await runGraph(conversion, feeds).catch((error: Error) => {
      throw new OutputError([
        { path: "", message: `ONNX Runtime cannot run the graph: ${error.message}` },
      ]);
    });
    for (const [i, { data }] of outputs.entries()) {
      if (Array.prototype.every.call(data, (value) => Number.isFinite(Number(value)))) continue;
      const path = conversion.outputs[i]?.name ?? "";
      const message = `at batch size ${batch} the graph gives values that are not finite`;
      throw new OutputError([{ path, message }]);
    }
  }
}
