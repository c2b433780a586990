/** Results of the measuring worker. */

/** Durations in milliseconds. */
export interface Times {
  readonly first: number;
  readonly median: number;
}

export interface PeerTimes {
  /** Prediction of one movie by the page's predictor, with the published bundle. */
  readonly predict: Times;
  /** The same with the effect of each input. */
  readonly explain: Times;
  /** One run of the network with random weights, on the same tensors as `tfjs`. */
  readonly onnx: { readonly q8: Times; readonly fp32: Times };
  readonly tfjs: Times;
  /** Largest difference of a probability between TensorFlow.js and the fp32 graph. */
  readonly difference: number;
}

declare global {
  /** Defined on the page that the benchmark opens. */
  var measure: () => Promise<PeerTimes>;
}
