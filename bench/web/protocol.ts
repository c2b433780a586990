/** What the worker measures; times in milliseconds. */

export interface Times {
  readonly first: number;
  readonly median: number;
}

export interface PeerTimes {
  /** The published bundle in the page's own predictor: one movie, and one with what each input changed. */
  readonly predict: Times;
  readonly explain: Times;
  /** One run of the same network with random weights on the same tensors. */
  readonly onnx: { readonly q8: Times; readonly fp32: Times };
  readonly tfjs: Times;
  /** Largest difference of a probability between TensorFlow.js and the float32 graph. */
  readonly difference: number;
}

declare global {
  /** In the page that the benchmark opens. */
  var measure: () => Promise<PeerTimes>;
}
