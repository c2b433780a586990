/** The names of outputs, by which nodes of functions read them. */

const statistics = ["y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"];

/**
 * By operator, where it has several outputs of names of their own, as TensorFlow registers it. Others have one output,
 * or one list of them, such as `output` of a call or a Split.
 */
export const OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  FusedBatchNorm: statistics,
  FusedBatchNormV2: statistics,
  FusedBatchNormV3: [...statistics, "reserve_space_3"],
  Merge: ["output", "value_index"],
  NonMaxSuppressionV4: ["selected_indices", "valid_outputs"],
  NonMaxSuppressionV5: ["selected_indices", "selected_scores", "valid_outputs"],
  Switch: ["output_false", "output_true"],
  TensorArrayConcatV3: ["value", "lengths"],
  TensorArrayV3: ["handle", "flow"],
  TensorListConcat: ["tensor", "lengths"],
  TensorListConcatV2: ["tensor", "lengths"],
  TensorListPopBack: ["output_handle", "tensor"],
  TopKV2: ["values", "indices"],
};
