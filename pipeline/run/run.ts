/** One run, stage by stage, in the order in which data flows. */

import { basename, join, resolve } from "node:path";
import { removeAllLeftovers } from "../../node/files.ts";
import { openSession, type Session } from "../../node/session.ts";
import { PRECISION_FILES } from "../../predictor/manifest.ts";
import { identityOf } from "../checkpoint/identity.ts";
import { openRunFolder } from "../checkpoint/runFolder.ts";
import type { Console } from "../common/console.ts";
import { createRandom } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import { loadDataset } from "../dataset/load.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { evaluatedMovies, evaluateGraph, predictorSpec } from "../evaluate/evaluateGraph.ts";
import { comparePrecisions, type PrecisionResult } from "../evaluate/precisions.ts";
import type { Fitted } from "../fit/fit.ts";
import { createStageLog, type StageLog } from "../logging/stages.ts";
import { GRAPH_OUTPUTS } from "../model/build.ts";
import { type ExportedGraph, exportGraph } from "../model/exportGraph.ts";
import { manifestOf } from "../publish/manifest.ts";
import { publishBundle } from "../publish/publish.ts";
import { checkTarget } from "../publish/target.ts";
import { summarize } from "../report/caveats.ts";
import { type Comparison, readComparisons } from "../report/comparison.ts";
import {
  describeDataset,
  describeModel,
  describePreprocessing,
  layerTable,
} from "../report/describeRun.ts";
import { renderReport } from "../report/html.ts";
import { renderModelCard } from "../report/modelCard.ts";
import { commandLine, readGitCommit, readVersions } from "../report/provenance.ts";
import type { RunRecord } from "../report/runRecord.ts";
import { startBackend } from "../train/backend.ts";
import { setWasmThreads } from "../train/wasmThreads.ts";
import {
  assembleWithProgress,
  cachePosters,
  reportProblems,
  verifyWithProgress,
} from "./progress.ts";
import { type KeptRun, logFolder, openKept } from "./runOutputs.ts";
import { forWholeSplit, trainModel } from "./trainModel.ts";

/** Largest difference between the tfjs model and the exported graph that a run accepts. */
const TOLERANCE = 1e-5;

/**
 * Takes a data set to a published, verified bundle. A run that ends before that leaves checkpoints, which `asked.resume`
 * goes on from.
 *
 * @param argv The command line, for the record.
 * @returns The bundle's folder, and its figures as text.
 * @throws Error that says what is wrong and where; nothing is published then.
 */
export async function runPipeline(
  asked: Config,
  argv: readonly string[],
  terminal: Console,
): Promise<{ path: string; summary: string }> {
  const started = performance.now();
  const stages = createStageLog(terminal);
  const out = stages.console;
  const path = resolve(asked.out ?? join("models", basename(resolve(asked.data ?? "sample"))));
  // Found out after an hour of training, it would be too late.
  await checkTarget(path);
  const comparisons = readComparisons(asked.comparisons);
  await removeAllLeftovers(asked.cache);

  out.stage(asked.data ? `Reading ${asked.data}` : "Reading the embedded sample (invented movies)");
  const loaded = await loadDataset(asked);
  const { dataset } = loaded;
  reportProblems(dataset, out);
  const posters = await cachePosters(loaded, asked, out);
  try {
    setWasmThreads(asked.threads);
    const { name, description: backend } = await startBackend(asked.backend, out.line);
    // Fold processes take the one chosen here, and so does whoever repeats the run.
    const config = { ...asked, backend: name };
    const versions = readVersions();
    const identity = await identityOf(config, dataset, posters, versions);
    const logs = logFolder(config, path);
    const { cache, resume } = config;
    const folder = await openRunFolder({ cache, target: path, identity, resume, logs }, out);
    try {
      const run = { config, loaded, backend, versions, path, folder };
      const inputs = { ...run, argv, comparisons, posters, started };
      const summary = await trainAndPublish(inputs, stages);
      await folder.remove();
      out.stage(`Published ${path}`);
      return { path, summary };
    } finally {
      await folder.release();
    }
  } finally {
    posters.close();
  }
}

/** What is there before anything is fitted. */
interface Inputs extends KeptRun {
  readonly argv: readonly string[];
  readonly comparisons: readonly Comparison[];
  readonly posters: PosterStore;
  /** By `performance.now()`. */
  readonly started: number;
}

async function trainAndPublish(inputs: Inputs, stages: StageLog): Promise<string> {
  const { config, argv, comparisons, loaded, posters, backend, versions, path, started } = inputs;
  const out = stages.console;
  const { dataset } = loaded;
  const random = createRandom(config.seed);
  out.stage("Fitting vocabulary, poster brightness and user vectors");
  const assembled = await assembleWithProgress(
    {
      ...{ config: forWholeSplit(config, dataset), dataset, posters },
      random: random.fork("fit"),
    },
    out,
  );
  const { fitted } = assembled;
  const { spec, training, validation, test } = fitted;
  const kept = await openKept(inputs, assembled, stages);
  const trained = await trainModel(
    { config, dataset, assembled, random: random.fork("train"), backend, ...kept },
    out,
  );

  out.stage("Exporting to ONNX");
  const { model } = trained;
  out.line(layerTable(describeModel(model, config)));
  const exported = await exportGraph(model, dataset, "fp32");

  const movies = [...training, ...validation, ...test];
  out.stage(`Verifying the graph against the model on all ${movies.length} movies`);
  const session = await openSession(exported.onnx);
  const { run } = session;
  const verification = await verifyWithProgress(
    { model, run, outputNames: GRAPH_OUTPUTS, movies, posters, spec, tolerance: TOLERANCE },
    out,
  );

  out.stage("Evaluating through the exported graph");
  const { evaluation, ratingsCurve, thresholds } = await evaluateGraph(
    dataset.labels,
    fitted,
    posters,
    run,
    config.seed,
    trained.thresholds,
  );
  const smaller = await Promise.all(
    (["fp16", "q8"] as const).map((precision) => exportGraph(model, dataset, precision)),
  );
  const graphs = [exported, ...smaller];
  const precisions = await measurePrecisions(graphs, session, dataset.labels, fitted, posters);
  for (const { precision, leftOut } of precisions) {
    if (leftOut) out.warn(`${PRECISION_FILES[precision]} is not published: ${leftOut}`);
  }
  const published = graphs.filter((_, i) => precisions[i]!.leftOut === undefined);

  out.stage("Writing model card and report, publishing");
  const gitCommit = readGitCommit();
  const record: RunRecord = {
    name: basename(path),
    createdAt: new Date().toISOString(),
    durationSeconds: (performance.now() - started) / 1000,
    command: commandLine(argv),
    seed: config.seed,
    config,
    backend,
    versions,
    ...(gitCommit === undefined ? {} : { gitCommit }),
    dataset: describeDataset(dataset, fitted, posters),
    preprocess: describePreprocessing(fitted, posters),
    model: describeModel(model, config),
    graph: { inputs: exported.inputs, outputs: exported.outputs },
    towers: trained.towers,
    verification,
    evaluation,
    ratingsCurve,
    fusions: trained.fusions,
    comparisons,
    precisions,
    ...(trained.crossValidation ? { crossValidation: trained.crossValidation } : {}),
  };
  await publishBundle(path, manifestOf(record, spec, thresholds), {
    ...Object.fromEntries(
      published.map(({ precision, onnx }) => [PRECISION_FILES[precision], onnx]),
    ),
    "README.md": renderModelCard(record),
    "report.html": await renderReport(record),
  });
  return summarize(record);
}

/** Opens the smaller graphs beside the fp32 one, compares them, and closes all. */
async function measurePrecisions(
  graphs: readonly ExportedGraph[],
  fp32: Session,
  labels: readonly string[],
  fitted: Fitted,
  posters: PosterStore,
): Promise<PrecisionResult[]> {
  const sessions = [fp32];
  try {
    for (const { onnx } of graphs.slice(1)) sessions.push(await openSession(onnx));
    return await comparePrecisions(
      graphs.map(({ precision, onnx }, i) => ({
        precision,
        bytes: onnx.length,
        run: sessions[i]!.run,
      })),
      predictorSpec(labels, fitted),
      evaluatedMovies(fitted),
      posters,
    );
  } finally {
    for (const session of sessions) await session.close();
  }
}
