/** What the towers have in common. */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { connect } from "./connect.ts";

export interface Tower {
  /** What the tower adds to the labels' prior logits [B, L]; zeros where the input is absent. */
  readonly logits: SymbolicTensor;
  /** [B, 1], 1 where the movie has the input, else 0. */
  readonly presence: SymbolicTensor;
}

export interface TitleTower extends Tower {
  /** Share of attention per word [B, W]. */
  readonly attention: SymbolicTensor;
}

/** Logit of what a mask hides: exp(-30) is 1e-13, nothing beside any share that counts. */
const HIDDEN = 30;

/**
 * Equal shares of 1 among the places of a row where `mask` is 1; zeros elsewhere, and where all is hidden. A softmax of
 * equal logits, since layers have no division.
 */
export function equalShares(mask: SymbolicTensor, name: string): SymbolicTensor {
  const shares = connect(
    tf.layers.softmax({ axis: -1, name: `${name}_softmax` }),
    hide(mask, `${name}_hide`),
  );
  return connect(tf.layers.multiply({ name }), [shares, mask]);
}

/** 0 where the mask is 1, far below where it is 0. */
export function hide(mask: SymbolicTensor, name: string): SymbolicTensor {
  return connect(tf.layers.rescaling({ scale: HIDDEN, offset: -HIDDEN, name }), mask);
}

/** A tower's last layers: dropout, one logit per label, nothing where the input is absent. */
export function logitsOf(
  features: SymbolicTensor,
  presence: SymbolicTensor,
  labels: number,
  dropout: number,
  input: string,
): Tower {
  const dropped = connect(tf.layers.dropout({ rate: dropout, name: `${input}_dropout` }), features);
  const unmasked = connect(tf.layers.dense({ units: labels, name: `${input}_logits` }), dropped);
  const logits = connect(tf.layers.multiply({ name: `${input}_evidence` }), [unmasked, presence]);
  return { logits, presence };
}
