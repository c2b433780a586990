/**
 * The operators of ONNX (opset 17) that no layer of the converter's own needs. A custom layer may write them; it gives
 * the type of their output itself. No pass moves anything past them. A row in ops.ts comes before a name here.
 */
export const OTHER_OPS: ReadonlySet<string> = new Set(
  `Abs Acos Acosh ArgMax ArgMin Asin Asinh Atan Atanh BatchNormalization Bernoulli BitShift BlackmanWindow CastLike Ceil
  Celu Compress ConcatFromSequence ConstantOfShape ConvInteger Cos Cosh DFT DepthToSpace Det DynamicQuantizeLinear
  Einsum EyeLike Flatten Floor GatherND Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool GreaterOrEqual GridSample
  HammingWindow HannWindow HardSwish Hardmax InstanceNormalization IsInf IsNaN LRN Less LessOrEqual Log LpNormalization
  LpPool MatMulInteger MaxRoiPool MaxUnpool Mean MeanVarianceNormalization MelWeightMatrix Mod Multinomial Neg
  NonMaxSuppression NonZero OneHot Or Pow QLinearConv QLinearMatMul QuantizeLinear RandomNormal RandomNormalLike
  RandomUniform RandomUniformLike Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceMin ReduceProd ReduceSumSquare
  ReverseSequence RoiAlign Round STFT ScatterElements ScatterND Shrink Sign Sin Sinh Size SpaceToDepth Sum Tan Tile
  Trilu Unique Xor`.split(/\s+/),
);
