/** One training step of a tower: forward, loss, gradients, update. */

import * as tfc from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Random } from "../common/random.ts";
import type { Loss } from "../targets/targetRules.ts";
import { fuseLayers } from "./fusedLayers.ts";
import type { TowerInputs } from "./inputBatches.ts";
import type { Optimizer } from "./optimizer.ts";

export interface TrainStepOptions {
  readonly model: LayersModel;
  readonly optimizer: Optimizer;
  readonly lossOf: Loss;
  readonly inputs: TowerInputs;
  /** What towers learn: float32 [n, L]. */
  readonly targets: Float32Array;
  /** The target's prior [1, L]; the tower's logits are added to them. */
  readonly prior: tfc.Tensor;
  readonly learningRate: number;
  /** Draws the dropout masks. */
  readonly random: Random;
}

/** @returns The batch's loss, mean over movies and outputs, and over the tower's networks. */
export async function trainStep(options: TrainStepOptions): Promise<number> {
  const { model, optimizer, lossOf, inputs, targets, prior, learningRate, random } = options;
  fuseLayers(model);
  reseedDropout(model, random);
  const loss = tfc.tidy(() => {
    const labels = prior.shape[1]!;
    const expected = tfc.tensor2d(targets, [targets.length / labels, labels]);
    const tensors = inputTensors(model, inputs);
    const networks = networksOf(model);
    const { value, grads } = tfc.variableGrads(() => {
      const outputs = [model.apply(tensors, { training: true })].flat() as tfc.Tensor[];
      if (networks === 1) return tfc.mean(lossOf(expected, tfc.add(outputs[0]!, prior)));
      // A row for each network's answer to each movie: every network has the gradients that it would have alone.
      const rows = tfc.reshape(outputs[1]!, [-1, labels]);
      const truth = tfc.reshape(tfc.tile(expected, [1, networks]), [-1, labels]);
      return tfc.mul(tfc.mean(lossOf(truth, tfc.add(rows, prior))), networks) as tfc.Scalar;
    }, trainableVariables(model));
    optimizer.step(grads, learningRate);
    return tfc.div(value, networks);
  });
  return (await takeValues(loss))[0]!;
}

/** Number of networks whose logits the tower's are the average of; see `TrainedTower`. */
function networksOf({ outputs: [logits, apart] }: LayersModel): number {
  return apart ? apart.shape[1]! / logits!.shape[1]! : 1;
}

/** Variables of the layers that are trained: of a frozen layer, tfjs calls the variables themselves trainable. */
export function trainableVariables(model: LayersModel): tfc.Variable[] {
  return model.trainableWeights.map((weight) => weight.read() as tfc.Variable);
}

/** The tower's logits [n, L], without dropout. */
export async function forward(model: LayersModel, inputs: TowerInputs): Promise<Float32Array> {
  return takeValues(tfc.tidy(() => applied(model, inputs)[0]!));
}

/** All outputs of a model, without dropout. */
export async function forwardAll(model: LayersModel, inputs: TowerInputs): Promise<Float32Array[]> {
  return Promise.all(tfc.tidy(() => applied(model, inputs)).map(takeValues));
}

function applied(model: LayersModel, inputs: TowerInputs): tfc.Tensor[] {
  const result = model.apply(inputTensors(model, inputs), { training: false });
  return [result].flat() as tfc.Tensor[];
}

/** Copies a tensor's values and disposes of it; asynchronous, because a GPU finishes computing later. */
async function takeValues(tensor: tfc.Tensor): Promise<Float32Array> {
  const values = (await tensor.data<"float32">()).slice();
  tensor.dispose();
  return values;
}

function inputTensors(model: LayersModel, inputs: TowerInputs): tfc.Tensor[] {
  return inputs.map((values, i) => {
    const { shape, dtype } = model.inputs[i]!;
    const row = shape.slice(1) as number[];
    const size = row.reduce((product, dim) => product * dim, 1);
    return tfc.tensor(values, [values.length / size, ...row], dtype);
  });
}

/**
 * Gives every dropout layer a new seed for this step. Otherwise, a layer without a seed draws from Math.random, which is
 * not reproducible, and a layer with a seed draws the same mask in every step.
 */
function reseedDropout(model: LayersModel, random: Random): void {
  for (const layer of model.layers) {
    if (layer.getClassName() === "Dropout") Reflect.set(layer, "seed", 1 + random.int(2 ** 31 - 1));
  }
}
