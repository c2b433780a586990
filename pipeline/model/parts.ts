/** Parts shared by the towers. */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { connect } from "./connect.ts";

export interface Tower {
  /** What the tower adds to the labels' prior logits [B, L]; zeros if the input is absent. */
  readonly logits: SymbolicTensor;
  /** [B, 1], 1 if the movie has the input, else 0. */
  readonly presence: SymbolicTensor;
}

export interface TextTower extends Tower {
  /** Attention per word [B, W]. */
  readonly attention: SymbolicTensor;
}

/** The tensors side by side; a layer cannot concatenate a single one. */
export function joined(name: string, tensors: readonly SymbolicTensor[]): SymbolicTensor {
  const [first, ...others] = tensors;
  return others.length === 0 ? first! : connect(tf.layers.concatenate({ name }), [...tensors]);
}

/** Masked positions get the logit -30: exp(-30) is 1e-13, negligible beside any visible share. */
const HIDDEN = 30;

/**
 * Equal weights that sum to 1 over the positions of a row where `mask` is 1, zeros elsewhere; all zeros if none is 1. It is
 * a softmax of equal logits, because layers have no division.
 */
export function equalShares(mask: SymbolicTensor, name: string): SymbolicTensor {
  const shares = connect(
    tf.layers.softmax({ axis: -1, name: `${name}_softmax` }),
    hide(mask, `${name}_hide`),
  );
  return connect(tf.layers.multiply({ name }), [shares, mask]);
}

/** 0 where the mask is 1, -HIDDEN where it is 0. */
export function hide(mask: SymbolicTensor, name: string): SymbolicTensor {
  return connect(tf.layers.rescaling({ scale: HIDDEN, offset: -HIDDEN, name }), mask);
}

/** Largest value of a row: [B, W] -> [B, 1]. */
export function largest(x: SymbolicTensor, name: string): SymbolicTensor {
  const column = connect(tf.layers.reshape({ targetShape: [-1, 1], name: `${name}_column` }), x);
  return connect(tf.layers.globalMaxPooling1d({ name }), column);
}

/** Rows `first` to `first + rows` of x [B, W, D], or of x [B, W]: [B, rows, D] or [B, rows]. */
export function someRows(
  x: SymbolicTensor,
  { first, rows }: { readonly first: number; readonly rows: number },
  name: string,
): SymbolicTensor {
  const [, W, D] = x.shape as [null, number, number | undefined];
  const image = connect(
    tf.layers.reshape({ targetShape: [W, D ?? 1, 1], name: `${name}_image` }),
    x,
  );
  const cropped = connect(
    tf.layers.cropping2D({
      cropping: [
        [first, W - first - rows],
        [0, 0],
      ],
      name: `${name}_cropped`,
    }),
    image,
  );
  return connect(
    tf.layers.reshape({ targetShape: D === undefined ? [rows] : [rows, D], name }),
    cropped,
  );
}

/** Far below the mean square of what is scaled to unit length: anything but zeros. */
const LENGTH_EPSILON = 1e-12;

/**
 * x / |x| [B, size], zeros where x is 0. Layers have no division, but (x, -x) has mean 0 and standard deviation
 * |x| / sqrt(size), so that layer normalisation divides by the length.
 *
 * @param names Prefix of the layers' names, and the name of the last.
 */
export function unitLength(
  x: SymbolicTensor,
  size: number,
  { prefix, name }: { readonly prefix: string; readonly name: string },
): SymbolicTensor {
  const negated = connect(tf.layers.rescaling({ scale: -1, name: `${prefix}_negated` }), x);
  const both = connect(tf.layers.concatenate({ name: `${prefix}_both_signs` }), [x, negated]);
  const scaled = connect(
    tf.layers.layerNormalization({
      center: false,
      scale: false,
      epsilon: LENGTH_EPSILON,
      name: `${prefix}_length`,
    }),
    both,
  );
  const rows = connect(
    tf.layers.reshape({ targetShape: [2, size, 1], name: `${prefix}_signs_apart` }),
    scaled,
  );
  const first = connect(
    tf.layers.cropping2D({
      cropping: [
        [0, 1],
        [0, 0],
      ],
      name: `${prefix}_positive`,
    }),
    rows,
  );
  const row = connect(
    tf.layers.reshape({ targetShape: [size], name: `${prefix}_positive_row` }),
    first,
  );
  return connect(tf.layers.rescaling({ scale: 1 / Math.sqrt(size), name }), row);
}

/** The same outside the graph, in place. */
export function scaleToUnitLength(x: Float32Array): void {
  let squares = 0;
  for (const value of x) squares += value ** 2;
  const length = Math.sqrt(squares + x.length * LENGTH_EPSILON);
  for (let at = 0; at < x.length; at++) x[at]! /= length;
}

export interface LogitsOptions {
  /** Prefix of the layers' names. */
  readonly input: string;
  readonly labels: number;
  /** Share of the features set to zero in training. */
  readonly dropout: number;
  /** Ends the layers' names, where a tower has such layers several times. */
  readonly suffix?: string;
}

/** A tower's last layers: dropout, one logit per label, zeros if the input is absent. */
export function logitsOf(
  features: SymbolicTensor,
  presence: SymbolicTensor,
  { input, labels, dropout, suffix = "" }: LogitsOptions,
): Tower {
  const named = (part: string) => `${input}_${part}${suffix}`;
  const dropped = connect(tf.layers.dropout({ rate: dropout, name: named("dropout") }), features);
  const unmasked = connect(tf.layers.dense({ units: labels, name: named("logits") }), dropped);
  const logits = connect(tf.layers.multiply({ name: named("evidence") }), [unmasked, presence]);
  return { logits, presence };
}

/** x times weights that begin at zero and are not trained: a fit sets them [B, units]. */
export function untrainedDense(name: string, units: number, x: SymbolicTensor): SymbolicTensor {
  const dense = tf.layers.dense({
    units,
    useBias: false,
    kernelInitializer: "zeros",
    trainable: false,
    name,
  });
  return connect(dense, x);
}

export interface BesideNetwork {
  /** Logits of what epochs train [B, L]. */
  readonly network: SymbolicTensor;
  /** Logits of a linear model of the same input [B, L]. */
  readonly linear: SymbolicTensor;
  /** How much of the result is the linear model's [B, 1]. */
  readonly share: SymbolicTensor;
}

/**
 * The network's logits, moved towards the linear model's by a share [B, L].
 *
 * @param input Prefix of the layers' names.
 */
export function movedTowards(
  input: string,
  { network, linear, share }: BesideNetwork,
): SymbolicTensor {
  const negated = connect(
    tf.layers.rescaling({ scale: -1, name: `${input}_minus_network` }),
    network,
  );
  const apart = connect(tf.layers.add({ name: `${input}_apart` }), [linear, negated]);
  const moved = connect(tf.layers.multiply({ name: `${input}_moved` }), [apart, share]);
  return connect(tf.layers.add({ name: `${input}_averaged` }), [network, moved]);
}
