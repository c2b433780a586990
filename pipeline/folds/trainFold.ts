/** Trains one fold: fits and trains everything on the other folds, and returns the logits of the held-out movies. */

import {
  type CheckpointPlace,
  describePositions,
  openCheckpointer,
} from "../checkpoint/checkpointer.ts";
import { createRandom } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { groupingOf } from "../evaluate/evaluateGraph.ts";
import { factsOf, type Grouping, type MovieFacts } from "../evaluate/facts.ts";
import { describeLeftOut } from "../fit/columnsLeftOut.ts";
import { openTrainingLog } from "../logging/trainingLog.ts";
import type { FeatureMoments } from "../model/backbone.ts";
import type { ModelParts } from "../model/modelInputs.ts";
import type { Weights } from "../model/weights.ts";
import type { FittedTarget } from "../targets/targetRules.ts";
import { assemble } from "../train/assemble.ts";
import type { EpochRecord } from "../train/records.ts";
import { type HeldOutSet, type TowerHistory, trainTowers } from "../train/trainTowers.ts";
import { assignFolds, holdOut, takeShare } from "./holdOut.ts";

export interface FoldResult {
  /** The movies held out. */
  readonly whole: HeldOutSet;
  /** The same with only some of their ratings. */
  readonly fewer: HeldOutSet;
  readonly fold: number;
  /** Ids of the held-out movies, in the order of the rows. */
  readonly ids: readonly string[];
  readonly facts: readonly MovieFacts[];
  readonly grouping: Grouping;
  /** Fitted to the other folds' movies. */
  readonly target: FittedTarget;
  readonly towers: readonly TowerHistory[];
  /** The movies that it was trained on, where a share of them was asked for. */
  readonly training?: LearnedMovies;
  /** Present if the folds' models are published. */
  readonly member?: FoldModel;
}

/** Movies that a fold's towers were trained on, and what they answer for them. */
export interface LearnedMovies {
  readonly movies: HeldOutSet;
  readonly facts: readonly MovieFacts[];
}

/** The parts of a fold's model that differ between folds; they share preprocessing. */
export interface FoldModel {
  /** Weights of all towers, by name. */
  readonly weights: Weights;
  /** Moments of backbones' features, by input. */
  readonly moments: Readonly<Record<string, FeatureMoments>>;
}

/** Where a fold saves its states and writes its log. */
export interface FoldOutputs {
  readonly place: CheckpointPlace;
  /** Folder of the training log; undefined: no log. */
  readonly logs: string | undefined;
  readonly resumed: boolean;
}

export interface FoldOptions {
  /** From 0. */
  readonly fold: number;
  /** Share of the other folds' movies that it is trained on; undefined: all, and no scores of them are wanted. */
  readonly share?: number | undefined;
  readonly config: Config;
  readonly dataset: Dataset;
  readonly posters: PosterStore;
  readonly outputs?: FoldOutputs | undefined;
  /** Called after each state that is saved. */
  readonly onSaved?: (() => Promise<void>) | undefined;
  readonly onEpoch: (record: EpochRecord) => void;
  /** Called with a description of what an interrupted run has done, if anything. */
  readonly onResume: (done: string) => void;
  readonly onWarning: (text: string) => void;
}

/** Trains for all epochs: the held-out movies are for scoring and must not be used for early stopping. */
export async function trainFold(options: FoldOptions): Promise<FoldResult> {
  const { fold, share = 1, config, dataset, posters, outputs } = options;
  const checkpointer =
    outputs && (await openCheckpointer(outputs.place, options.onWarning, options.onSaved));
  const positions = new Map([...(checkpointer?.saved ?? [])].map(([tower, { at }]) => [tower, at]));
  const done = describePositions(positions);
  if (done !== undefined) options.onResume(done);
  const withoutValidation = { ...config, train: { ...config.train, validation: 0 } };
  const random = createRandom(config.seed).fork(`fold ${fold}`);
  const foldOf = assignFolds(dataset, config.folds, config.seed);
  // Models to be averaged need the same tokens and users: preprocessing is then fitted to the whole train split.
  const averaged = config.publish === "folds" && share === 1;
  const { fitted, parts, source, leftOut, close } = await assemble({
    config: withoutValidation,
    dataset: takeShare(holdOut(dataset, foldOf, fold), share, random.fork("share")),
    posters,
    random: averaged ? createRandom(config.seed).fork("fit") : random.fork("fit"),
    ...(averaged ? { basis: dataset.movies.filter(({ split }) => split === "train") } : {}),
    onWarning: options.onWarning,
    featured: dataset.movies,
  });
  for (const input of [...fitted.leftOut, ...leftOut]) options.onWarning(describeLeftOut(input));
  const log =
    outputs?.logs === undefined
      ? undefined
      : await openTrainingLog({
          folder: outputs.logs,
          fold: fold + 1,
          resumedAt: outputs.resumed ? positions : undefined,
          pictures: { source, movies: fitted.training, random: random.fork("watch") },
        });
  log?.begin({ fold: fold + 1, folds: config.folds });
  const { heldOut, fewer, training, towers, weights } = await trainTowers({
    config: withoutValidation,
    fitted,
    parts,
    source,
    leftOut,
    heldOut: fitted.test,
    // One fold's curves show what a report has to say of over-fitting.
    monitor: fold === 0 && share === 1,
    learnFrom: fitted.test.length,
    scoreTraining: options.share !== undefined,
    random: random.fork("train"),
    checkpointer,
    async onEpoch(record, model) {
      options.onEpoch(record);
      await log?.epoch(record, model);
    },
  });
  close();
  return {
    whole: heldOut,
    fewer,
    fold,
    ids: fitted.test.map(({ source }) => source.id),
    facts: factsOf(fitted.test, fitted.spec),
    grouping: groupingOf(dataset, fitted.spec),
    target: fitted.target,
    towers,
    ...(training && {
      training: { movies: training, facts: factsOf(fitted.training, fitted.spec) },
    }),
    ...(averaged ? { member: { weights, moments: momentsOf(parts) } } : {}),
  };
}

function momentsOf({ inputs }: ModelParts): FoldModel["moments"] {
  const found = Object.entries(inputs).flatMap(([name, input]) => {
    if (!("backbone" in input) || !input.backbone) return [];
    const { mean, std } = input.backbone;
    return [[name, { mean, std }]];
  });
  return Object.fromEntries(found) as FoldModel["moments"];
}
