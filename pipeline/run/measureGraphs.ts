/** The evaluate stage of a run: all figures, through the exported graph in each of its precisions. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import { openSession } from "../../node/session.ts";
import { PRECISION_FILES, PRECISIONS } from "../../predictor/manifest.ts";
import type { Profile } from "../../predictor/profile.ts";
import type { Console } from "../common/console.ts";
import { ratingsNames } from "../dataset/inputs.ts";
import {
  evaluatedMovies,
  evaluateGraph,
  type GraphEvaluation,
  predictorSpec,
} from "../evaluate/evaluateGraph.ts";
import { comparePrecisions, type PrecisionResult } from "../evaluate/precisions.ts";
import { profileMovies } from "../evaluate/profile.ts";
import { graphsBefore } from "../model/backbone.ts";
import { type ExportedGraph, exportGraph } from "../model/exportGraph.ts";
import type { Thresholds } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import type { TrainingSetup } from "../train/assemble.ts";
import type { CheckedGraph } from "./checkGraph.ts";
import { openInParts } from "./graphInParts.ts";
import type { PreparedRun } from "./prepare.ts";

export interface MeasuredGraphs extends GraphEvaluation {
  readonly precisions: readonly PrecisionResult[];
  /** The graphs that come near enough to fp32 to be published. */
  readonly published: readonly ExportedGraph[];
  /** Profile of the evaluated movies; undefined without any. */
  readonly profile: Profile | undefined;
}

/** @param thresholds From the folds; left out, they are tuned on the validation movies. */
export async function measureGraphs(
  {
    model,
    thresholds,
  }: { readonly model: LayersModel; readonly thresholds?: Thresholds | undefined },
  checked: CheckedGraph,
  { config, loaded, posters }: PreparedRun,
  { fitted, leftOut, parts }: TrainingSetup,
  out: Console,
): Promise<MeasuredGraphs> {
  out.stage("Evaluating through the exported graph");
  const { dataset } = loaded;
  const inParts =
    ratingsNames(dataset.inputs).length > 0
      ? await openInParts(model, parts, dataset, config)
      : undefined;
  const evaluation = await evaluateGraph({
    dataset,
    fitted,
    posters,
    run: checked.session.run,
    runAgain: inParts?.run,
    seed: config.seed,
    leftOut: leftOut.map(({ input }) => input),
    thresholds,
    mistakes: config.mistakes,
  }).finally(() => inParts?.close());
  const graphs = [checked.graph];
  const sessions = [checked.session];
  try {
    const smaller = PRECISIONS.filter(
      (each) => each !== "fp32" && config.precisions.includes(each),
    );
    for (const precision of smaller) {
      try {
        const graph = await exportGraph(model, parts, dataset, precision);
        sessions.push(await openSession(graph.onnx, { threads: config.threads }));
        graphs.push(graph);
      } catch (error) {
        // Encoders have operators that no layer of ours has, and some of them no such precision.
        if (Object.keys(graphsBefore(parts.inputs)).length === 0) throw error;
        const [reason] = (error as Error).message.split("\n");
        out.warn(`${PRECISION_FILES[precision]} is not written for this encoder: ${reason}`);
      }
    }
    const precisions = await comparePrecisions(
      graphs.map(({ precision, onnx }, i) => ({
        precision,
        bytes: onnx.length,
        run: sessions[i]!.run,
      })),
      predictorSpec(fitted),
      evaluatedMovies(fitted),
      posters,
      fitted.target,
    );
    for (const { precision, leftOut } of precisions) {
      if (leftOut) out.warn(`${PRECISION_FILES[precision]} is not published: ${leftOut}`);
    }
    const published = graphs.filter((_, i) => precisions[i]!.leftOut === undefined);
    const { target, spec } = fitted;
    const profile = await profileMovies(
      { target: rulesOf(target).spec(target, evaluation.thresholds), inputs: spec },
      evaluatedMovies(fitted),
      posters,
      checked.session.run,
    );
    return { ...evaluation, precisions, published, profile };
  } finally {
    for (const session of sessions.slice(1)) await session.close();
  }
}
