/** The export stage of a run, and its parity check: the graph computes what the tfjs model computes. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import { openSession, type Session } from "../../node/session.ts";
import type { Console } from "../common/console.ts";
import { nounsOf } from "../dataset/dataset.ts";
import { graphOutputs } from "../model/build.ts";
import { type ExportedGraph, exportGraph } from "../model/exportGraph.ts";
import { describeModel, layerTable } from "../report/describeRun.ts";
import { outputName, unitOf } from "../targets/types.ts";
import type { TrainingSetup } from "../train/assemble.ts";
import { isOnGpu } from "../train/encoderSession.ts";
import { type FreshFeatures, featureFeeds, openFreshFeatures } from "../train/featureFeeds.ts";
import type { BatchSource } from "../train/inputBatches.ts";
import {
  encoderNoise,
  type NoiseOptions,
  PARITY_TOLERANCE,
  type ParityReport,
} from "../verify/parity.ts";
import type { PreparedRun } from "./prepare.ts";
import { checkParityWithProgress } from "./progress.ts";

export interface CheckedGraph {
  readonly graph: ExportedGraph;
  /** Runs the graph; for its owner to close. */
  readonly session: Session;
  readonly parity: ParityReport;
}

/** @throws Error naming the output and the movie with the largest difference, if it is too large. */
export async function exportAndCheck(
  model: LayersModel,
  { config, loaded, posters }: PreparedRun,
  { fitted, parts, source }: TrainingSetup,
  out: Console,
): Promise<CheckedGraph> {
  out.stage("Exporting to ONNX");
  out.line(layerTable(describeModel(model, config, fitted, nounsOf(loaded.dataset))));
  const graph = await exportGraph(model, parts, loaded.dataset, "fp32");

  const movies = [...fitted.training, ...fitted.validation, ...fitted.test];
  out.stage(
    `Checking the graph against the model on all ${movies.length} ${nounsOf(loaded.dataset).items}`,
  );
  const session = await openSession(graph.onnx, { threads: config.threads });
  let exact: FreshFeatures | undefined;
  try {
    const cached = featureFeeds(source);
    // What a GPU computed is further from the graph on the CPU than the check allows.
    if (cached && isOnGpu(config.backend)) {
      exact = await openFreshFeatures(source, { threads: config.threads });
    }
    const features = exact?.feeds ?? cached;
    const { spec } = fitted;
    const noise =
      features &&
      (await noiseOf({ model, movies, posters, spec, features }, source, config.threads));
    const parity = await checkParityWithProgress(
      {
        model,
        run: session.run,
        outputNames: graphOutputs(parts),
        movies,
        posters,
        spec,
        features,
        noise,
        tolerance: PARITY_TOLERANCE,
        ...(fitted.target.range
          ? { units: { [outputName(fitted.target)]: unitOf(fitted.target) } }
          : {}),
      },
      out,
    );
    return { graph, session, parity };
  } catch (error) {
    await session.close();
    throw error;
  } finally {
    await exact?.close();
  }
}

async function noiseOf(
  options: Omit<NoiseOptions, "again">,
  source: BatchSource,
  threads: number | undefined,
) {
  const asWritten = await openFreshFeatures(source, { asWritten: true, threads });
  return encoderNoise({ ...options, again: asWritten.feeds }).finally(() => asWritten.close());
}
