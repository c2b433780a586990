/** The table of convolutions, poolings and what else works on space. */
import * as tfl from "@tensorflow/tfjs-layers";
import { chain, type Make, one } from "./cases.ts";

const L = tfl.layers;

export const IMAGES: Record<string, Make> = {
  Conv1D: one(() => L.conv1d({ filters: 3, kernelSize: 3 }), [8, 4]),
  "Conv1D same stride": one(
    () => L.conv1d({ filters: 3, kernelSize: 3, strides: 2, padding: "same", activation: "tanh" }),
    [7, 4],
  ),
  "Conv1D dilation dynamic": one(
    () => L.conv1d({ filters: 3, kernelSize: 3, dilationRate: 2, padding: "same" }),
    [null, 4],
    [9, 4],
  ),
  "Conv2D valid": one(() => L.conv2d({ filters: 3, kernelSize: 3 }), [8, 7, 4]),
  "Conv2D same": one(
    () => L.conv2d({ filters: 3, kernelSize: 3, padding: "same", activation: "relu" }),
    [8, 7, 4],
  ),
  "Conv2D same stride 2": one(
    () => L.conv2d({ filters: 3, kernelSize: [3, 2], strides: [2, 3], padding: "same" }),
    [8, 7, 4],
  ),
  "Conv2D dynamic": one(
    () => L.conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: "same" }),
    [null, null, 4],
    [8, 7, 4],
  ),
  "Conv2D dilation same dynamic": one(
    () => L.conv2d({ filters: 3, kernelSize: 3, dilationRate: 2, padding: "same" }),
    [null, null, 4],
    [8, 7, 4],
  ),
  "Conv2D k1 s3 same": one(
    () => L.conv2d({ filters: 3, kernelSize: 1, strides: 3, padding: "same" }),
    [8, 7, 4],
  ),
  "Conv2D channelsFirst": one(
    () => L.conv2d({ filters: 3, kernelSize: 3, dataFormat: "channelsFirst" }),
    [4, 8, 7],
  ),
  "Conv2D softmax": one(
    () => L.conv2d({ filters: 3, kernelSize: 3, activation: "softmax" }),
    [8, 7, 4],
  ),
  Conv3D: one(() => L.conv3d({ filters: 2, kernelSize: [2, 3, 2], padding: "same" }), [4, 5, 6, 2]),
  MaxPooling1D: one(() => L.maxPooling1d({ poolSize: 2 }), [7, 3]),
  MaxPooling2D: one(() => L.maxPooling2d({ poolSize: 2 }), [7, 6, 3]),
  "MaxPooling2D same": one(
    () => L.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
    [7, 6, 3],
  ),
  MaxPooling3D: one(
    () => L.maxPooling3d({ poolSize: 2, dataFormat: "channelsLast" }),
    [4, 6, 4, 3],
  ),
  "AveragePooling1D same": one(() => L.averagePooling1d({ poolSize: 3, padding: "same" }), [7, 3]),
  "AveragePooling2D same": one(
    () => L.averagePooling2d({ poolSize: 3, strides: 2, padding: "same" }),
    [7, 6, 3],
  ),
  "AveragePooling3D same": one(
    () => L.averagePooling3d({ poolSize: 2, padding: "same", dataFormat: "channelsLast" }),
    [3, 4, 4, 2],
  ),
  GlobalAveragePooling1D: one(() => L.globalAveragePooling1d(), [7, 3]),
  GlobalAveragePooling2D: one(() => L.globalAveragePooling2d({}), [7, 6, 3]),
  GlobalMaxPooling1D: one(() => L.globalMaxPooling1d(), [7, 3]),
  "GlobalMaxPooling2D first": one(
    () => L.globalMaxPooling2d({ dataFormat: "channelsFirst" }),
    [7, 6, 3],
  ),
  Conv2DTranspose: one(
    () => L.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same" }),
    [4, 5, 2],
  ),
  "Conv2DTranspose valid": one(
    () =>
      L.conv2dTranspose({ filters: 3, kernelSize: [3, 4], strides: [2, 1], activation: "relu" }),
    [4, 5, 2],
  ),
  "Conv2DTranspose kernel < stride": one(
    () =>
      L.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 3, padding: "same", useBias: false }),
    [4, 5, 2],
  ),
  "Conv2DTranspose kernel < stride valid": one(
    () => L.conv2dTranspose({ filters: 3, kernelSize: 1, strides: 2 }),
    [4, 5, 2],
  ),
  "Conv2DTranspose even kernel": one(
    () => L.conv2dTranspose({ filters: 3, kernelSize: 4, padding: "same" }),
    [4, 5, 2],
  ),
  "Conv2DTranspose channelsFirst": one(
    () =>
      L.conv2dTranspose({
        filters: 3,
        kernelSize: 3,
        strides: 2,
        padding: "same",
        dataFormat: "channelsFirst",
      }),
    [2, 4, 5],
  ),
  "Conv2DTranspose dynamic": one(
    () => L.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same" }),
    [null, null, 2],
    [4, 5, 2],
  ),
  Conv3DTranspose: one(
    () => L.conv3dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: "same" }),
    [3, 4, 3, 2],
  ),
  "Conv3DTranspose valid": one(
    () => L.conv3dTranspose({ filters: 2, kernelSize: [2, 1, 3], strides: [1, 2, 2] }),
    [3, 4, 3, 2],
  ),
  "Conv3D stride larger than the kernel": one(
    () => L.conv3d({ filters: 2, kernelSize: [1, 2, 2], strides: [2, 4, 1], padding: "same" }),
    [4, 8, 3, 2],
  ),
  "Conv3DTranspose stride larger than the kernel": one(
    () =>
      L.conv3dTranspose({ filters: 2, kernelSize: [1, 2, 3], strides: [2, 4, 1], padding: "same" }),
    [2, 2, 3, 2],
  ),
  "MaxPooling3D stride larger than the pool": one(
    () =>
      L.maxPooling3d({
        ...{ poolSize: [1, 2, 2], strides: [2, 4, 1], padding: "same" },
        dataFormat: "channelsLast",
      }),
    [4, 8, 3, 2],
  ),
  "AveragePooling3D stride larger than the pool": one(
    () =>
      L.averagePooling3d({
        ...{ poolSize: [1, 2, 2], strides: [2, 4, 1], padding: "same" },
        dataFormat: "channelsLast",
      }),
    [4, 8, 3, 2],
  ),
  "Conv3D channelsFirst": one(
    () => L.conv3d({ filters: 2, kernelSize: 2, dataFormat: "channelsFirst" }),
    [2, 3, 4, 3],
  ),
  "Conv3D stride": one(
    () =>
      L.conv3d({
        filters: 2,
        kernelSize: 2,
        strides: [1, 2, 2],
        padding: "same",
        activation: "elu",
      }),
    [4, 5, 6, 2],
  ),
  "MaxPooling2D channelsFirst": one(
    () => L.maxPooling2d({ poolSize: [2, 3], strides: [1, 2], dataFormat: "channelsFirst" }),
    [3, 7, 6],
  ),
  "MaxPooling2D stride > pool same": one(
    () => L.maxPooling2d({ poolSize: 2, strides: 3, padding: "same" }),
    [7, 8, 3],
  ),
  "MaxPooling2D dynamic same": one(
    () => L.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
    [null, null, 3],
    [7, 6, 3],
  ),
  "MaxPooling1D same": one(
    () => L.maxPooling1d({ poolSize: 3, strides: 2, padding: "same" }),
    [8, 3],
  ),
  "AveragePooling2D channelsFirst": one(
    () => L.averagePooling2d({ poolSize: 2, dataFormat: "channelsFirst" }),
    [3, 7, 6],
  ),
  AveragePooling3D: one(
    () =>
      L.averagePooling3d({ poolSize: [1, 2, 2], strides: [1, 1, 2], dataFormat: "channelsLast" }),
    [3, 4, 4, 2],
  ),
  "GlobalAveragePooling2D first": one(
    () => L.globalAveragePooling2d({ dataFormat: "channelsFirst" }),
    [3, 7, 6],
  ),
  GlobalMaxPooling2D: one(() => L.globalMaxPooling2d({ dataFormat: "channelsLast" }), [7, 6, 3]),
  UpSampling2D: one(() => L.upSampling2d({ size: [2, 3] }), [4, 5, 2]),
  "UpSampling2D bilinear": one(
    () => L.upSampling2d({ size: [2, 3], interpolation: "bilinear" }),
    [4, 5, 2],
  ),
  "UpSampling2D first dynamic": one(
    () => L.upSampling2d({ size: [2, 2], dataFormat: "channelsFirst", interpolation: "bilinear" }),
    [2, null, null],
    [2, 4, 5],
  ),
  "Cropping2D channelsFirst": one(
    () => L.cropping2D({ cropping: [1, 2], dataFormat: "channelsFirst" }),
    [2, 6, 7],
  ),
  "Cropping2D dynamic": one(() => L.cropping2D({ cropping: 1 }), [null, null, 2], [6, 7, 2]),
  "ZeroPadding2D channelsFirst": one(
    () => L.zeroPadding2d({ padding: [1, 2], dataFormat: "channelsFirst" }),
    [2, 3, 4],
  ),
  "ZeroPadding2D then pool": () =>
    chain([5, 6, 2], L.zeroPadding2d({ padding: 1 }), L.maxPooling2d({ poolSize: 3, strides: 2 })),
  "ZeroPadding2D then average": () =>
    chain(
      [5, 6, 2],
      L.zeroPadding2d({ padding: 1 }),
      L.averagePooling2d({ poolSize: 3, strides: 2 }),
    ),
  "ZeroPadding2D then same convolution": () =>
    chain(
      [5, 6, 2],
      L.zeroPadding2d({
        padding: [
          [0, 1],
          [0, 1],
        ],
      }),
      L.conv2d({ filters: 2, kernelSize: 3, strides: 2, padding: "same" }),
    ),
  CenterCrop: () =>
    chain(
      [9, 10, 2],
      L.conv2d({ filters: 2, kernelSize: 1 }),
      L.centerCrop({ height: 4, width: 5 }),
    ),
  "CenterCrop by one": () =>
    chain(
      [9, 10, 2],
      L.conv2d({ filters: 2, kernelSize: 1 }),
      L.centerCrop({ height: 8, width: 9 }),
    ),
  "CenterCrop nothing": () =>
    chain(
      [9, 10, 2],
      L.conv2d({ filters: 2, kernelSize: 1 }),
      L.centerCrop({ height: 9, width: 10 }),
    ),
  "PReLU image": () =>
    chain(
      [5, 6, 3],
      L.conv2d({ filters: 2, kernelSize: 3 }),
      L.prelu(),
      L.conv2d({ filters: 2, kernelSize: 1 }),
    ),
  "LayerNormalization image": () =>
    chain(
      [5, 6, 3],
      L.conv2d({ filters: 4, kernelSize: 3 }),
      L.layerNormalization(),
      L.conv2d({ filters: 2, kernelSize: 1 }),
    ),
  "LayerNormalization three axes": () =>
    chain(
      [5, 6, 3],
      L.conv2d({ filters: 4, kernelSize: 3 }),
      L.layerNormalization({ axis: [1, 2, 3] }),
    ),
  Cropping2D: one(
    () =>
      L.cropping2D({
        cropping: [
          [1, 2],
          [0, 1],
        ],
      }),
    [6, 5, 2],
  ),
  ZeroPadding2D: one(
    () =>
      L.zeroPadding2d({
        padding: [
          [1, 2],
          [0, 1],
        ],
      }),
    [3, 4, 2],
  ),
};
