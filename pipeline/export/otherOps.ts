/**
 * The operators of ONNX (opset 17) that no layer of the converter's own needs. A custom layer may write them; it gives
 * the type of their output itself. No pass moves anything past them. A row in ops.ts comes before a name here.
 */
export const OTHER_OPS: ReadonlySet<string> = new Set(
  `BatchNormalization Bernoulli BitShift BlackmanWindow CastLike Celu Compress ConcatFromSequence ConstantOfShape
  ConvInteger DFT Det DynamicQuantizeLinear EyeLike Flatten Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool
  GridSample HammingWindow HannWindow HardSwish Hardmax InstanceNormalization IsInf LpNormalization LpPool
  MatMulInteger MaxRoiPool MaxUnpool Mean MeanVarianceNormalization MelWeightMatrix Multinomial OneHot QLinearConv
  QLinearMatMul QuantizeLinear RandomNormal RandomUniform ReduceL1 ReduceL2
  ReduceLogSum ReduceSumSquare ReverseSequence RoiAlign STFT ScatterElements Shrink Size Sum ThresholdedRelu Trilu
  Unique`.split(/\s+/),
);
