/** The last stage of a run: its record, rendered as model card and report, and the bundle in place. */

import { basename } from "node:path";
import { PRECISION_FILES } from "../../predictor/manifest.ts";
import { PROFILE_FILE, writeProfile } from "../../predictor/profile.ts";
import type { TargetSpec } from "../../predictor/targets/types.ts";
import type { Console } from "../common/console.ts";
import { published } from "../config/compare.ts";
import { nounsOf } from "../dataset/dataset.ts";
import { cutFacts } from "../fit/cutTexts.ts";
import { manifestOf } from "../publish/manifest.ts";
import { publishBundle } from "../publish/publish.ts";
import { summarize } from "../report/caveats.ts";
import type { SweepComparison } from "../report/comparison.ts";
import { describeDataset, describeModel, describePreprocessing } from "../report/describeRun.ts";
import { renderReport } from "../report/html.ts";
import { renderModelCard } from "../report/modelCard.ts";
import { publishedCommand, readGitCommit } from "../report/provenance.ts";
import type { RunRecord } from "../report/runRecord.ts";
import { renderSlides } from "../report/slides.ts";
import type { FittedTarget, Thresholds } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import type { CheckedGraph } from "./checkGraph.ts";
import type { MeasuredGraphs } from "./measureGraphs.ts";
import type { PreparedRun } from "./prepare.ts";
import type { ReportedSetup } from "./progress.ts";
import type { TrainedModel } from "./trainModel.ts";

/** Everything that the stages before have made. */
export interface CompletedStages {
  readonly prepared: PreparedRun;
  readonly setup: ReportedSetup;
  readonly trained: TrainedModel;
  readonly checked: CheckedGraph;
  readonly measured: MeasuredGraphs;
  readonly comparisons: readonly SweepComparison[];
  /** The command line. */
  readonly argv: readonly string[];
  /** When the run began, by `performance.now()`. */
  readonly started: number;
}

/** @returns The run's figures as text. */
export async function publishRun(stages: CompletedStages, out: Console): Promise<string> {
  out.stage("Writing model card and report, publishing");
  const { prepared, setup, measured } = stages;
  const record = recordOf(stages);
  const { nouns } = prepared.loaded.dataset;
  const manifest = {
    ...manifestOf(record, setup.fitted.spec, specOf(setup.fitted.target, measured.thresholds)),
    ...(nouns ? { nouns } : {}),
  };
  await publishBundle(
    prepared.path,
    manifest,
    {
      ...Object.fromEntries(
        measured.published.map(({ precision, onnx }) => [PRECISION_FILES[precision], onnx]),
      ),
      "README.md": renderModelCard(record),
      "report.html": await renderReport(record),
      "summary.html": renderSlides(record),
      ...setup.fitted.files,
      ...(measured.profile ? { [PROFILE_FILE]: writeProfile(measured.profile, manifest) } : {}),
    },
    prepared.permission,
  );
  return summarize(record);
}

function specOf(target: FittedTarget, thresholds: Thresholds | undefined): TargetSpec {
  return rulesOf(target).spec(target, thresholds);
}

function recordOf({
  prepared,
  setup,
  trained,
  checked,
  measured,
  comparisons,
  argv,
  started,
}: CompletedStages): RunRecord {
  const { config, loaded, posters, backend, versions, path } = prepared;
  const { fitted } = setup;
  const { graph, parity } = checked;
  const gitCommit = readGitCommit();
  return {
    name: basename(path),
    createdAt: new Date().toISOString(),
    durationSeconds: (performance.now() - started) / 1000,
    command: publishedCommand(argv),
    seed: config.seed,
    config: published(config),
    backend,
    versions,
    ...(gitCommit === undefined ? {} : { gitCommit }),
    dataset: describeDataset(loaded.dataset, fitted, posters),
    preprocess: { ...describePreprocessing(fitted, posters), ...cutFacts(setup.cutTexts) },
    model: describeModel(trained.model, config, fitted, nounsOf(loaded.dataset)),
    graph: { inputs: graph.inputs, outputs: graph.outputs },
    towers: trained.towers,
    monitoredFold: trained.monitoredFold,
    leftOut: [...setup.fitted.leftOut, ...setup.leftOut],
    cutTexts: setup.cutTexts,
    parity,
    evaluation: measured.evaluation,
    ratingsCurves: measured.ratingsCurves,
    mistakes: measured.mistakes,
    fusions: trained.fusions,
    comparisons,
    precisions: measured.precisions,
    ...(trained.learning ? { learning: trained.learning } : {}),
    ...(trained.crossValidation ? { crossValidation: trained.crossValidation } : {}),
  };
}
