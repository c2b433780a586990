/** The plainest tensor there is: what crosses the border between the predictor and the runtime that hosts it. */

export type Tensor =
  | { readonly type: "float32"; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly type: "int32"; readonly dims: readonly number[]; readonly data: Int32Array }
  | { readonly type: "uint8"; readonly dims: readonly number[]; readonly data: Uint8Array };

/** Runs the graph: named inputs -> named outputs. The host (Node, browser) hands one in. */
export type Run = (feeds: Record<string, Tensor>) => Promise<Record<string, Tensor>>;
