/**
 * A MobileNet-shaped model (Howard et al. 2017): 28 convolutions, each but the last with batch normalisation and
 * relu6.
 */
import * as tfl from "@tensorflow/tfjs-layers";

/** [filters of the pointwise convolution, stride of the depthwise one] of the 13 blocks. */
const BLOCKS = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const;

/** Input [batch, size, size, 3], output 1000 probabilities; `width` scales all channels. */
export function mobileNet(size = 224, width = 1): tfl.LayersModel {
  const L = tfl.layers;
  const model = tfl.sequential({ name: "mobilenet" });
  // weights are overwritten by the caller: a cheap initialiser saves seconds
  const common = {
    useBias: false,
    padding: "same",
    kernelInitializer: "zeros",
    depthwiseInitializer: "zeros",
  } as const;
  const normalised = () => {
    model.add(L.batchNormalization({}));
    model.add(L.reLU({ maxValue: 6 }));
  };
  model.add(
    L.conv2d({
      ...common,
      inputShape: [size, size, 3],
      filters: 32 * width,
      kernelSize: 3,
      strides: 2,
    }),
  );
  normalised();
  for (const [filters, strides] of BLOCKS) {
    model.add(L.depthwiseConv2d({ ...common, kernelSize: 3, strides }));
    normalised();
    model.add(L.conv2d({ ...common, filters: filters * width, kernelSize: 1 }));
    normalised();
  }
  model.add(L.globalAveragePooling2d({}));
  model.add(L.reshape({ targetShape: [1, 1, 1024 * width] }));
  model.add(L.dropout({ rate: 0.001 }));
  model.add(
    L.conv2d({ filters: 1000, kernelSize: 1, padding: "same", kernelInitializer: "zeros" }),
  );
  model.add(L.flatten());
  model.add(L.softmax({ axis: -1 }));
  return model;
}
