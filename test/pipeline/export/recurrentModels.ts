/** What the recurrent, masked and nested test models are made of. */
import * as tfl from "@tensorflow/tfjs-layers";
import type { Make } from "./cases.ts";
import type { Case, Feed } from "./parity.ts";
import type { T } from "./symbolic.ts";

const L = tfl.layers;

/** The default recurrent initialiser needs ops that tfjs-core alone does not bring; weights are replaced anyway. */
export const recurrentInitializer = "glorotUniform";
const LAYERS = { simpleRNN: L.simpleRNN, gru: L.gru, lstm: L.lstm } as const;
const CELLS = { simpleRNN: L.simpleRNNCell, gru: L.gruCell, lstm: L.lstmCell } as const;
export type Kind = keyof typeof LAYERS;
export const kinds = ["simpleRNN", "gru", "lstm"] as const satisfies Kind[];
export const bools = [false, true] as const;

interface Options {
  units?: number;
  [key: string]: unknown;
}

/** A recurrent layer of three units. */
export const rnn = (kind: Kind, options: Options = {}) =>
  (LAYERS[kind] as typeof L.lstm)({ units: 3, recurrentInitializer, ...options } as Parameters<
    typeof L.lstm
  >[0]);

/** The cell of such a layer. */
export const cell = (kind: Kind, options: Options = {}) =>
  CELLS[kind]({ units: 3, recurrentInitializer, ...options } as never);

export function model(inputs: T[], outputs: T | T[], feeds: Feed[]): Case {
  return { model: tfl.model({ inputs, outputs }), feeds };
}

export const each = <V>(
  values: readonly V[],
  f: (value: V) => [string, Make],
): Record<string, Make> => Object.fromEntries(values.map(f));

export const pairs = <A, B>(as: readonly A[], bs: readonly B[]): (readonly [A, B])[] =>
  as.flatMap((a) => bs.map((b) => [a, b] as const));
