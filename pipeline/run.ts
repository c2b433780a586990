/** One run, stage by stage, in the order in which data flows. */

import { basename, join, resolve } from "node:path";
import { openSession, type Session } from "../node/session.ts";
import { PRECISION_FILES } from "../predictor/manifest.ts";
import type { Config } from "./config/schema.ts";
import type { Console } from "./console.ts";
import { loadDataset } from "./dataset/load.ts";
import type { PosterStore } from "./dataset/posterCache.ts";
import { evaluatedMovies, evaluateGraph, predictorSpec } from "./evaluate/evaluateGraph.ts";
import { comparePrecisions, type PrecisionResult } from "./evaluate/precisions.ts";
import { type ExportedGraph, exportGraph } from "./exportGraph.ts";
import type { Fitted } from "./fit/fit.ts";
import { GRAPH_OUTPUTS } from "./model/build.ts";
import {
  assembleWithProgress,
  cachePosters,
  reportProblems,
  verifyWithProgress,
} from "./progress.ts";
import { manifestOf } from "./publish/manifest.ts";
import { publishBundle } from "./publish/publish.ts";
import { checkTarget } from "./publish/target.ts";
import { createRandom } from "./random.ts";
import { summarize } from "./report/caveats.ts";
import {
  describeDataset,
  describeModel,
  describePreprocessing,
  layerTable,
} from "./report/describeRun.ts";
import { renderReport } from "./report/html.ts";
import { renderModelCard } from "./report/modelCard.ts";
import { commandLine, readGitCommit, readVersions } from "./report/provenance.ts";
import type { RunRecord } from "./report/runRecord.ts";
import { startBackend } from "./train/backend.ts";
import { setWasmThreads } from "./train/wasmThreads.ts";
import { forWholeSplit, trainModel } from "./trainModel.ts";

/** Largest difference between the tfjs model and the exported graph that a run accepts. */
const TOLERANCE = 1e-5;

/**
 * Takes a data set to a published, verified bundle.
 *
 * @param argv The command line, for the record.
 * @returns The bundle's folder, and its figures as text.
 * @throws Error that says what is wrong and where; nothing is published then.
 */
export async function runPipeline(
  config: Config,
  argv: readonly string[],
  out: Console,
): Promise<{ path: string; summary: string }> {
  const started = performance.now();
  const path = resolve(config.out ?? join("models", basename(resolve(config.data ?? "sample"))));
  // Found out after an hour of training, it would be too late.
  await checkTarget(path);
  const random = createRandom(config.seed);

  out.stage(
    config.data ? `Reading ${config.data}` : "Reading the embedded sample (invented movies)",
  );
  const loaded = await loadDataset(config);
  const { dataset } = loaded;
  reportProblems(dataset, out);
  const posters = await cachePosters(loaded, config, out);

  setWasmThreads(config.threads);
  const backend = await startBackend(config.backend);
  out.stage("Fitting vocabulary, poster brightness and rater vectors");
  const assembled = await assembleWithProgress(
    {
      ...{ config: forWholeSplit(config, dataset), dataset, posters },
      random: random.fork("fit"),
    },
    out,
  );
  const { fitted } = assembled;
  const { spec, training, validation, test } = fitted;
  const trained = await trainModel(
    { config, dataset, assembled, random: random.fork("train"), backend },
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
    versions: readVersions(),
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
  posters.close();
  out.stage(`Published ${path}`);
  return {
    path,
    summary: summarize(record),
  };
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
