/** Cases of convolutions, pools, normalisations by channel and operators on images. */
import { type Attrs, attr } from "./graphs.ts";
import { data, given, ints, type OpCase, type OpCases, result, table, weights } from "./opCases.ts";

interface Window {
  strides?: readonly number[];
  dilations?: readonly number[];
  padding?: string;
  explicit?: readonly number[];
  channelsFirst?: boolean;
}

/** The attributes of a window over axes of space. */
function sliding({ strides = [1, 1], dilations, padding = "SAME", ...rest }: Window): Attrs {
  const whole = (list: readonly number[]) =>
    rest.channelsFirst ? attr.ints(1, 1, ...list) : attr.ints(1, ...list, 1);
  return {
    strides: whole(strides),
    dilations: whole(dilations ?? strides.map(() => 1)),
    padding: attr.text(padding),
    data_format: attr.text(rest.channelsFirst ? "NCHW" : strides.length === 3 ? "NDHWC" : "NHWC"),
    ...(rest.explicit ? { explicit_paddings: attr.ints(...rest.explicit) } : {}),
  };
}

const WINDOWS: Window[] = [
  {},
  { padding: "VALID" },
  { strides: [2, 2] },
  { strides: [2, 2], padding: "VALID" },
  { dilations: [2, 2] },
  { dilations: [2, 2], padding: "VALID" },
  { padding: "EXPLICIT", explicit: [0, 0, 1, 0, 2, 1, 0, 0] },
];

/** Three by two pixels of kernel. */
const conv = (window: Window, channels = 2, filters = 3, size = [6, 7]): OpCase => ({
  inputs: [data([2, ...size, channels]), weights([3, 2, channels, filters])],
  attrs: sliding(window),
});

const depthwise = (window: Window, multiplier = 1): OpCase => ({
  inputs: [data([2, 6, 7, 3]), weights([3, 3, 3, multiplier])],
  attrs: sliding(window),
});

/** A kernel of one value per tap, on an image whose channels are second. */
const CHANNELS_FIRST: OpCase = {
  inputs: [given([1, 2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]), table([1, 1, 2, 1], [10, 1], "float32")],
  attrs: sliding({ channelsFirst: true, padding: "VALID" }),
  expected: [result([1, 1, 2, 2], [15, 26, 37, 48])],
};

/** Fused operators with their arguments; TensorFlow.js wants a bias before all others. */
const FUSED: {
  names: string[];
  arguments: (channels: number) => OpCase["inputs"];
  attrs?: Attrs;
}[] = [
  { names: ["BiasAdd"], arguments: (c) => [weights([c])] },
  ...["Relu", "Relu6", "Elu", "Sigmoid"].map((name) => ({
    names: ["BiasAdd", name],
    arguments: (c: number) => [weights([c])],
  })),
  {
    names: ["BiasAdd", "LeakyRelu"],
    arguments: (c) => [weights([c])],
    attrs: { leakyrelu_alpha: attr.float(0.3) },
  },
  {
    names: ["BiasAdd", "Prelu"],
    arguments: (c) => [weights([c]), weights([1, 1, c], { seed: 1 })],
  },
];

const fused = (plain: OpCase, channels: number, image = true): OpCase[] =>
  FUSED.map(({ names, arguments: makeArguments, attrs }) => {
    const extra = makeArguments(channels).map((t) =>
      image ? t : { ...t, shape: [t.shape.at(-1) as number] },
    );
    return {
      inputs: [...plain.inputs, ...extra],
      attrs: {
        ...plain.attrs,
        ...attrs,
        fused_ops: attr.texts(...names),
        num_args: attr.int(extra.length),
      },
    };
  });

/** Also for `_FusedMatMul`, whose arguments are vectors. */
export const fusedVectors = (plain: OpCase, channels: number): OpCase[] =>
  fused(plain, channels, false);

const pool = (window: Window, size = [2, 3], shape = [2, 6, 7, 2]): OpCase => ({
  inputs: [data(shape)],
  attrs: { ...sliding(window), ksize: attr.ints(1, ...size, 1) },
});

const pools2d = WINDOWS.filter(({ dilations, explicit }) => !dilations && !explicit).map((w) =>
  pool(w),
);
const volume = [2, 4, 5, 4, 2];
const pools3d = ["SAME", "VALID"].flatMap((padding) =>
  [
    [1, 1, 1],
    [2, 1, 2],
    [4, 1, 3], // larger than the window
  ].map((strides) => pool({ strides, padding }, [2, 2, 2], volume)),
);

const normalised = (epsilon?: number): OpCase => ({
  inputs: [
    data([2, 3, 3, 4]),
    weights([4]),
    weights([4], { seed: 1 }),
    weights([4], { seed: 2 }),
    weights([4], { low: 0.5, high: 1.5 }),
  ],
  attrs:
    epsilon === undefined ? {} : { epsilon: attr.float(epsilon), is_training: attr.flag(false) },
});

/** The gradient of a convolution from `size` to `from`. */
const transposed = (
  size: number[],
  from: number[],
  { kernel = [3, 3], ...window }: Window & { kernel?: number[] },
): OpCase => ({
  inputs: [ints(2, ...size, 3), weights([...kernel, 3, 2]), data([2, ...from, 2])],
  attrs: sliding(window),
});

const resized = (size: number[], attrs: Record<string, boolean>, shape = [2, 4, 5, 2]): OpCase => ({
  inputs: [data(shape), ints(...size)],
  attrs: Object.fromEntries(Object.entries(attrs).map(([name, on]) => [name, attr.flag(on)])),
});

const resizes: OpCase[] = [
  [8, 10],
  [7, 3],
  [4, 5],
  [1, 1],
].flatMap((size) => [
  resized(size, {}),
  resized(size, { align_corners: true, half_pixel_centers: false }),
  resized(size, { align_corners: false, half_pixel_centers: true }),
]);

/** The last box is turned over, the one before reaches beyond the image; no pixel lies between two others. */
const BOXES = [0, 0, 1, 1, 0.1, 0.2, 0.7, 0.93, -0.2, 0.31, 1.2, 0.8, 0.8, 0.93, 0.2, 0.1];
const cropped = (size: number[], attrs: Attrs): OpCase => ({
  inputs: [
    data([2, 5, 6, 2]),
    given([4, 4], BOXES),
    given([4], [0, 1, 1, 0], "int32"),
    ints(...size),
  ],
  attrs,
});

export const CONVOLUTION_CASES: OpCases = {
  AvgPool: pools2d,
  AvgPool3D: pools3d,
  Conv1D: ["SAME", "VALID"].flatMap((padding) =>
    [{ stride: attr.int(1) }, { stride: attr.int(2) }].map((attrs) => ({
      inputs: [data([2, 7, 2]), weights([3, 2, 4])],
      attrs: { ...attrs, padding: attr.text(padding), data_format: attr.text("NWC") },
    })),
  ),
  Conv2D: [
    ...WINDOWS.map((w) => conv(w)),
    conv({}, 1, 1),
    conv({ strides: [2, 1] }, 3, 4, [5, 5]),
    CHANNELS_FIRST,
  ],
  Conv2DBackpropInput: [
    transposed([8, 8], [4, 4], { strides: [2, 2] }),
    transposed([7, 8], [4, 4], { strides: [2, 2] }),
    transposed([9, 9], [4, 4], { strides: [2, 2], padding: "VALID" }),
    transposed([10, 10], [4, 4], { strides: [2, 2], padding: "VALID" }),
    transposed([8, 8], [4, 4], { strides: [2, 2], kernel: [2, 2] }),
    transposed([4, 5], [4, 5], {}),
    transposed([12, 12], [4, 4], { strides: [3, 3], kernel: [2, 2] }),
    transposed([8, 8], [4, 4], { strides: [2, 2], kernel: [4, 4] }),
    transposed([7, 8], [4, 4], {
      ...{ strides: [2, 2], padding: "EXPLICIT", explicit: [0, 0, 1, 1, 0, 1, 0, 0] },
    }),
    transposed([4, 11], [4, 4], {
      ...{ strides: [1, 3], padding: "EXPLICIT", explicit: [0, 0, 2, 0, 1, 1, 0, 0] },
    }),
  ],
  Conv3D: ["SAME", "VALID"].flatMap((padding) =>
    [
      [1, 2, 1],
      [4, 1, 3], // larger than the kernel
    ].map((strides) => ({
      inputs: [data(volume), weights([2, 3, 2, 2, 3])],
      attrs: sliding({ strides, padding }),
    })),
  ),
  CropAndResize: [
    cropped([3, 4], { method: attr.text("bilinear"), extrapolation_value: attr.float(0) }),
    cropped([3, 4], { method: attr.text("nearest"), extrapolation_value: attr.float(-2) }),
    cropped([1, 1], { method: attr.text("bilinear"), extrapolation_value: attr.float(0.5) }),
    cropped([2, 1], {}),
  ],
  DepthToSpace: [
    {
      inputs: [data([2, 3, 2, 8])],
      attrs: { block_size: attr.int(2), data_format: attr.text("NHWC") },
    },
    {
      inputs: [data([2, 2, 2, 9])],
      attrs: { block_size: attr.int(3), data_format: attr.text("NHWC") },
    },
    {
      inputs: [given([1, 4, 1, 1], [1, 2, 3, 4])],
      attrs: { block_size: attr.int(2), data_format: attr.text("NCHW") },
      expected: [result([1, 1, 2, 2], [1, 2, 3, 4])],
    },
  ],
  DepthwiseConv2d: [depthwise({}), depthwise({ strides: [2, 2] }, 2)],
  DepthwiseConv2dNative: [
    ...WINDOWS.filter(({ dilations }) => !dilations).map((w) => depthwise(w)),
    depthwise({ dilations: [2, 2] }, 2),
    depthwise({ padding: "VALID" }, 3),
  ],
  Dilation2D: ["SAME", "VALID"].flatMap((padding) =>
    [1, 2].map((rate) => ({
      inputs: [data([2, 6, 7, 2]), weights([3, 2, 2])],
      attrs: {
        strides: attr.ints(1, rate === 1 ? 2 : 1, 1, 1),
        rates: attr.ints(1, rate, rate, 1),
        dilations: attr.ints(1, rate, rate, 1),
        padding: attr.text(padding),
      },
    })),
  ),
  FusedBatchNorm: [normalised(), normalised(0.01)],
  FusedBatchNormV2: [normalised(0.01)],
  FusedBatchNormV3: [normalised(), normalised(1e-3)],
  // TensorFlow.js's LeakyRelu behind a depthwise convolution gives NaN
  FusedDepthwiseConv2dNative: fused(depthwise({}), 3).filter(
    ({ attrs }) => !attrs?.leakyrelu_alpha,
  ),
  LRN: [
    {
      inputs: [data([2, 3, 3, 7])],
      attrs: {
        depth_radius: attr.int(2),
        bias: attr.float(1.5),
        alpha: attr.float(0.3),
        beta: attr.float(0.7),
      },
    },
    { inputs: [data([1, 2, 2, 12])] },
  ],
  MaxPool: pools2d,
  MaxPool3D: pools3d,
  ResizeBilinear: resizes,
  ResizeNearestNeighbor: resizes,
  SpaceToDepth: [
    {
      inputs: [given([1, 2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8])],
      attrs: { block_size: attr.int(2), data_format: attr.text("NHWC") },
      expected: [result([1, 1, 1, 8], [1, 2, 3, 4, 5, 6, 7, 8])],
    },
    {
      inputs: [given([1, 2, 4, 1], [1, 2, 3, 4, 5, 6, 7, 8])],
      attrs: { block_size: attr.int(2) },
      expected: [result([1, 1, 2, 4], [1, 2, 5, 6, 3, 4, 7, 8])],
    },
  ],
  _FusedConv2D: [
    ...fused(conv({}), 3),
    ...fused(conv({ strides: [2, 2], padding: "VALID" }), 3).slice(0, 2),
    {
      inputs: [...conv({}).inputs, weights([3])],
      attrs: {
        ...sliding({ padding: "EXPLICIT", explicit: [0, 0, 1, 1, 1, 0, 0, 0] }),
        fused_ops: attr.texts("BiasAdd", "Relu"),
        num_args: attr.int(1),
      },
    },
  ],
};
