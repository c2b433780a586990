/** The table of everything the converter can convert: tfjs class name -> one small function. */
import { AUGMENTATIONS, type KERAS_CLASSES } from "./dialect.ts";
import * as activation from "./layers/activation.ts";
import * as attention from "./layers/attention.ts";
import { Bidirectional } from "./layers/bidirectional.ts";
import * as conv from "./layers/conv.ts";
import { ConvLSTM2D } from "./layers/convLstm.ts";
import * as dense from "./layers/dense.ts";
import { RandomCrop } from "./layers/images.ts";
import type { LayerFunction } from "./layers/layer.ts";
import * as merge from "./layers/merge.ts";
import * as norm from "./layers/norm.ts";
import * as pool from "./layers/pool.ts";
import * as preprocess from "./layers/preprocess.ts";
import * as recurrent from "./layers/recurrent.ts";
import * as shape from "./layers/shape.ts";
import * as tensorflow from "./layers/tensorflow.ts";
import { TimeDistributed } from "./layers/wrapper.ts";

const augmentations = Object.fromEntries(
  AUGMENTATIONS.filter((name) => name !== "RandomWidth").map((name) => [name, shape.identity]),
);

/** Cells are read by the layers around them; InputLayer and the model classes by emit.ts. */
export const LAYERS: Readonly<Record<string, LayerFunction>> = {
  Dense: dense.Dense,
  Embedding: dense.Embedding,

  Activation: activation.Activation,
  ReLU: activation.ReLU,
  LeakyReLU: activation.LeakyReLU,
  PReLU: activation.PReLU,
  ELU: activation.ELU,
  ThresholdedReLU: activation.ThresholdedReLU,
  Softmax: activation.Softmax,

  Conv1D: conv.Conv1D,
  Conv2D: conv.Conv2D,
  Conv3D: conv.Conv3D,
  Conv2DTranspose: conv.Conv2DTranspose,
  Conv3DTranspose: conv.Conv3DTranspose,
  DepthwiseConv2D: conv.DepthwiseConv2D,
  SeparableConv2D: conv.SeparableConv2D,

  MaxPooling1D: pool.MaxPooling1D,
  MaxPooling2D: pool.MaxPooling2D,
  MaxPooling3D: pool.MaxPooling3D,
  AveragePooling1D: pool.AveragePooling1D,
  AveragePooling2D: pool.AveragePooling2D,
  AveragePooling3D: pool.AveragePooling3D,
  GlobalAveragePooling1D: pool.GlobalAveragePooling1D,
  GlobalAveragePooling2D: pool.GlobalAveragePooling2D,
  GlobalMaxPooling1D: pool.GlobalMaxPooling1D,
  GlobalMaxPooling2D: pool.GlobalMaxPooling2D,

  BatchNormalization: norm.BatchNormalization,
  LayerNormalization: norm.LayerNormalization,

  Add: merge.Add,
  Multiply: merge.Multiply,
  Average: merge.Average,
  Maximum: merge.Maximum,
  Minimum: merge.Minimum,
  Concatenate: merge.Concatenate,
  Dot: merge.Dot,

  SimpleRNN: recurrent.SimpleRNN,
  GRU: recurrent.GRU,
  LSTM: recurrent.LSTM,
  RNN: recurrent.RNN,
  ConvLSTM2D,
  Bidirectional,
  TimeDistributed,

  Flatten: shape.Flatten,
  Reshape: shape.Reshape,
  Permute: shape.Permute,
  RepeatVector: shape.RepeatVector,
  Cropping2D: shape.Cropping2D,
  ZeroPadding2D: shape.ZeroPadding2D,
  UpSampling2D: shape.UpSampling2D,
  Masking: shape.Masking,
  Dropout: shape.identity,
  SpatialDropout1D: shape.identity,
  GaussianNoise: shape.identity,
  GaussianDropout: shape.identity,
  AlphaDropout: shape.identity,

  Rescaling: preprocess.Rescaling,
  Resizing: preprocess.Resizing,
  CenterCrop: preprocess.CenterCrop,
  CategoryEncoding: preprocess.CategoryEncoding,
  RandomWidth: shape.identity,
};

/** Layers of Keras that tfjs does not have; files with them are computed as Keras does. */
export const KERAS_LAYERS: Readonly<Record<string, LayerFunction>> = {
  ...augmentations,
  ...({
    Identity: shape.identity,
    ActivityRegularization: shape.identity,
    SpatialDropout2D: shape.identity,
    SpatialDropout3D: shape.identity,
    FixedDropout: shape.identity,
    Subtract: merge.Subtract,
    Divide: merge.Divide,
    TrueDivide: merge.Divide,
    NotEqual: merge.NotEqual,
    GetItem: shape.GetItem,
    Conv1DTranspose: conv.Conv1DTranspose,
    DepthwiseConv1D: conv.DepthwiseConv1D,
    SeparableConv1D: conv.SeparableConv1D,
    GlobalAveragePooling3D: pool.GlobalAveragePooling3D,
    GlobalMaxPooling3D: pool.GlobalMaxPooling3D,
    ZeroPadding1D: shape.ZeroPadding1D,
    ZeroPadding3D: shape.ZeroPadding3D,
    Cropping1D: shape.Cropping1D,
    Cropping3D: shape.Cropping3D,
    UpSampling1D: shape.UpSampling1D,
    UpSampling3D: shape.UpSampling3D,
    Normalization: preprocess.Normalization,
    GroupNormalization: norm.GroupNormalization,
    UnitNormalization: norm.UnitNormalization,
    RMSNormalization: norm.RMSNormalization,
    EinsumDense: dense.EinsumDense,
    Attention: attention.Attention,
    MultiHeadAttention: attention.MultiHeadAttention,
    RandomCrop,
    TensorFlowOpLayer: tensorflow.TensorFlowOpLayer,
    TFOpLambda: tensorflow.TFOpLambda,
    SlicingOpLambda: tensorflow.TFOpLambda,
  } satisfies Record<(typeof KERAS_CLASSES)[number], LayerFunction>),
};
