/** The train stage: trains every tower separately, and computes their logits of held-out movies. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Checkpointer } from "../checkpoint/checkpointer.ts";
import { concatenate, selectRows } from "../common/matrix.ts";
import type { Random } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import type { LeftOutInput } from "../fit/columnsLeftOut.ts";
import type { FitResult } from "../fit/fit.ts";
import { type EncodedMovie, targetsOf, truthOf } from "../fit/prepare.ts";
import { fitHeadOf, fitTowerOf } from "../inputs/heads.ts";
import { amountsOf, towerType } from "../inputs/tower.ts";
import { buildTower } from "../model/build.ts";
import { type Group, groupNamed, type ModelParts, modelGroups } from "../model/modelInputs.ts";
import { roundKernels, setWeights, type Weights } from "../model/weights.ts";
import { joinTargets } from "../targets/rows.ts";
import type { FittedTarget, Targets, Truth } from "../targets/targetRules.ts";
import { hasInput } from "./batches.ts";
import { fewerRatings } from "./fewerRatings.ts";
import { fitAtOnce } from "./fitAtOnce.ts";
import type { Amounts } from "./gates.ts";
import type { BatchSource } from "./inputBatches.ts";
import { historyOf, resultOf, snapshotOfResult } from "./loopState.ts";
import { towerLogits } from "./measure.ts";
import type { EpochRecord, StepProgress, TowerResult } from "./records.ts";
import { type TrainOptions, trainTower } from "./train.ts";

export interface TowerHistory {
  readonly tower: string;
  /** Fold from 1, if the towers of several folds are published. */
  readonly fold?: number;
  readonly history: readonly EpochRecord[];
  /** 0: there was nothing to train on, and the tower's logits are 0. */
  readonly bestEpoch: number;
  /** Why there was not; see `LeftOutInput`. */
  readonly leftOut?: string;
}

/** Trained towers' logits of movies that none of them was trained on, unless they are said to be the training movies'. */
export interface HeldOutSet {
  /** Names of the groups of inputs, in the order of the logits. */
  readonly groups: readonly string[];
  /** Logits of each input [movies, L], zeros where it is absent. */
  readonly logits: readonly Float32Array[];
  /** Which inputs each movie has, of those that are not left out [movies, M]. */
  readonly presence: Uint8Array;
  /** Amounts of each movie's ratings [movies, A]; see `ratingAmounts`. */
  readonly amounts: Amounts;
  /** What towers learn [movies, L]. */
  readonly targets: Targets;
  /** What is true of the movies [movies, L]; see `TargetRules`. */
  readonly truth: Truth;
  /** How much each movie counts in what is fitted to them, above 0 to 1 [movies]. */
  readonly weights: Float32Array;
}

export interface TrainedTowers {
  /** Weights of all towers, by name. */
  readonly weights: Weights;
  readonly towers: readonly TowerHistory[];
  readonly heldOut: HeldOutSet;
  /** The same for the first `learnFrom` movies with only some of their ratings; see `fewerRatings`. */
  readonly fewer: HeldOutSet;
  /** The same for the movies that the towers were trained on, where it is asked for. */
  readonly training?: HeldOutSet;
}

export interface TrainTowersOptions {
  readonly config: Config;
  readonly fitted: Pick<FitResult, "training" | "validation" | "target">;
  readonly parts: ModelParts;
  readonly source: BatchSource;
  /** Inputs whose towers are not trained. */
  readonly leftOut?: readonly LeftOutInput[];
  /** Movies to compute logits of. */
  readonly heldOut: readonly EncodedMovie[];
  /** Whether every epoch is measured on them where there is no validation; that takes time and decides nothing. */
  readonly monitor?: boolean;
  /** Number of the first of these movies that gates are fitted to. */
  readonly learnFrom: number;
  /** Whether logits of the training movies are wanted as well. */
  readonly scoreTraining?: boolean;
  readonly random: Random;
  readonly onTower?: (tower: string) => void;
  readonly onStep?: (tower: string, progress: StepProgress) => void;
  readonly onEpoch?: TrainOptions["onEpoch"];
  /** Where towers save their states and resume from. */
  readonly checkpointer?: Checkpointer | undefined;
  /** Called with the epochs that an earlier run has finished. */
  readonly onResume?: (tower: string, history: readonly EpochRecord[]) => void;
}

/** @throws Error if a loss becomes NaN or infinite. */
export async function trainTowers(options: TrainTowersOptions): Promise<TrainedTowers> {
  const { fitted, parts, source, heldOut, random, leftOut = [] } = options;
  const reasons = new Map(leftOut.map(({ input, reason }) => [input, reason]));
  const labels = fitted.target.prior.length;
  const weights = new Map<string, Float32Array>();
  const logits: Float32Array[] = [];
  const fewer = fewerRatings(heldOut.slice(0, options.learnFrom), random.fork("fewer ratings"));
  const fewerLogits: Float32Array[] = [];
  const trainingLogits: Float32Array[] = [];
  const towers: TowerHistory[] = [];
  const groups = modelGroups(parts.inputs);
  for (const group of groups) {
    const { name: input, input: prefix } = group;
    const type = towerType(group);
    options.onTower?.(input);
    const stream = random.fork(input);
    const model = buildTower(input, parts, stream.fork("weights"));
    const reason = reasons.get(input);
    const training = reason === undefined ? fitted.training : [];
    const result = await trainOrResume(model, input, stream, { ...options, training });
    if (result.bestEpoch === 0) zeroLogits(result.weights, prefix);
    // Before anything is learned from their logits.
    if (options.config.weights === "int8") roundKernels(model, result.weights);
    type.round?.(group, result.weights);
    setWeights(model, result.weights);
    const heldOutLogits = await towerLogits(model, input, heldOut, source, labels);
    logits.push(heldOutLogits);
    fewerLogits.push(
      type.amounts
        ? await towerLogits(
            model,
            input,
            fewer.map(({ movie }) => movie),
            source,
            labels,
          )
        : selectRows(
            heldOutLogits,
            fewer.map(({ of }) => of),
            labels,
          ),
    );
    if (options.scoreTraining) {
      trainingLogits.push(await towerLogits(model, input, fitted.training, source, labels));
    }
    for (const [name, values] of result.weights) weights.set(name, values);
    towers.push({
      tower: input,
      history: result.history,
      bestEpoch: result.bestEpoch,
      ...(reason === undefined ? {} : { leftOut: reason }),
    });
    model.dispose();
  }
  const context = { source, leftOut: reasons, target: fitted.target };
  return {
    weights,
    towers,
    heldOut: {
      logits,
      ...statesOf(heldOut, context),
      weights: new Float32Array(heldOut.length).fill(1),
    },
    fewer: {
      logits: fewerLogits,
      ...statesOf(
        fewer.map(({ movie }) => movie),
        context,
      ),
      weights: Float32Array.from(fewer, ({ weight }) => weight),
    },
    ...(options.scoreTraining
      ? {
          training: {
            logits: trainingLogits,
            ...statesOf(fitted.training, context),
            weights: new Float32Array(fitted.training.length).fill(1),
          },
        }
      : {}),
  };
}

/** Trains a tower, resumes its training, or returns the result of an earlier run that has finished it. */
async function trainOrResume(
  model: LayersModel,
  input: string,
  random: Random,
  options: TrainTowersOptions & { readonly training: readonly EncodedMovie[] },
): Promise<TowerResult> {
  const { config, fitted, parts, source, checkpointer, onStep, onEpoch, onResume } = options;
  const saved = checkpointer?.saved.get(input);
  if (saved) onResume?.(input, historyOf(saved));
  if (saved?.at === Infinity) return resultOf(saved);
  const group = groupNamed(parts.inputs, input);
  const trainOptions: TrainOptions = {
    input,
    config,
    source,
    training: options.training,
    validation: fitted.validation,
    monitored: options.monitor ? options.heldOut : undefined,
    target: fitted.target,
    random,
    resumeFrom: saved,
    ...(onStep ? { onStep: (progress) => onStep(input, progress) } : {}),
    ...(onEpoch ? { onEpoch } : {}),
    ...(checkpointer
      ? { save: (epoch, snapshot) => checkpointer.save(input, epoch, snapshot) }
      : {}),
  };
  const fit = fitTowerOf(group);
  const trained = await (fit
    ? fitAtOnce(model, fit, trainOptions)
    : trainTower(model, trainOptions));
  const result = await withHead(trained, group, options);
  await checkpointer?.save(input, Infinity, snapshotOfResult(result));
  return result;
}

/** The result with the weights of the tower's head, if it has one and there is anything to fit it to. */
async function withHead(
  result: TowerResult,
  group: Group,
  { training, source, fitted: { target } }: HeadTraining,
): Promise<TowerResult> {
  if (result.bestEpoch === 0) return result;
  const movies = training.filter((movie) => hasInput(movie, source, group.name));
  const head = await fitHeadOf(group)?.(group, { source, movies, target });
  return head ? { ...result, weights: new Map([...result.weights, ...head]) } : result;
}

type HeadTraining = Pick<TrainTowersOptions, "source"> & {
  readonly training: readonly EncodedMovie[];
  readonly fitted: Pick<FitResult, "target">;
};

interface StatesOptions {
  readonly source: BatchSource;
  /** Why inputs are left out, by name. */
  readonly leftOut: ReadonlyMap<string, string>;
  readonly target: FittedTarget;
}

function statesOf(
  movies: readonly EncodedMovie[],
  { source, leftOut, target }: StatesOptions,
): Omit<HeldOutSet, "logits" | "weights"> {
  const groups = modelGroups(source.inputs);
  const counted = groups.filter((group) => towerType(group).amounts);
  return {
    groups: groups.map(({ name }) => name),
    presence: Uint8Array.from(
      movies.flatMap((movie) =>
        groups.map(({ name }) => Number(hasInput(movie, source, name) && !leftOut.has(name))),
      ),
    ),
    amounts: {
      of: amountsOf(groups),
      values: Float32Array.from(
        movies.flatMap(({ features }) =>
          counted.flatMap((group) => towerType(group).amounts!.of(features[group.input])),
        ),
      ),
    },
    targets: targetsOf(movies),
    truth: truthOf(movies, target),
  };
}

/** Sets the last layers' weights to 0: a tower without training movies must not predict from random weights. */
function zeroLogits(weights: Map<string, Float32Array>, input: string): void {
  const last = new RegExp(`^${input}_logits(_\\d+)?/`);
  for (const [name, values] of weights) if (last.test(name)) values.fill(0);
}

/** The rows of movies `start` to `end` (exclusive). */
export function heldOutPart(heldOut: HeldOutSet, start: number, end: number): HeldOutSet {
  const movies = heldOut.presence.length / heldOut.logits.length;
  const rows = <T extends Targets | Truth>(matrix: T) => {
    const width = movies === 0 ? 0 : matrix.length / movies;
    return matrix.slice(start * width, end * width) as T;
  };
  return {
    groups: heldOut.groups,
    logits: heldOut.logits.map(rows),
    presence: rows(heldOut.presence),
    amounts: { ...heldOut.amounts, values: rows(heldOut.amounts.values) },
    targets: rows(heldOut.targets),
    truth: rows(heldOut.truth),
    weights: rows(heldOut.weights),
  };
}

/** The rows of all parts, in order. */
export function joinHeldOut(parts: readonly HeldOutSet[]): HeldOutSet {
  const floats = (pick: (part: HeldOutSet) => Float32Array) =>
    concatenate(parts.map(pick), new Float32Array(0));
  const bytes = (pick: (part: HeldOutSet) => Uint8Array) =>
    concatenate(parts.map(pick), new Uint8Array(0));
  const [first] = parts;
  return {
    groups: first!.groups,
    logits: first!.logits.map((_, m) => floats(({ logits }) => logits[m]!)),
    presence: bytes(({ presence }) => presence),
    amounts: { of: first!.amounts.of, values: floats(({ amounts }) => amounts.values) },
    targets: joinTargets(parts.map(({ targets }) => targets)),
    truth: joinTargets(parts.map(({ truth }) => truth)),
    weights: floats(({ weights }) => weights),
  };
}
