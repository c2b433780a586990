/** Normalisation layers at inference: batch normalisation is one multiply and one add. */
import { flag, number } from "../config.ts";
import { refuse } from "../errors.ts";
import { type Constant, isStatic, sizeOf } from "../ir.ts";
import {
  expectShape,
  float,
  known,
  type LayerCall,
  type LayerFunction,
  refuseAsTfjs,
} from "./layer.ts";

/** The axes to normalise over, counted from the front, in order. */
const axes = (call: LayerCall): number[] => axesAsGiven(call).sort((a, b) => a - b);

/** The same in the order of the config. */
function axesAsGiven(call: LayerCall): number[] {
  const rank = call.x.shape.length;
  const axis = call.config.axis ?? -1;
  const list = (Array.isArray(axis) ? axis : [axis]).map((a) =>
    typeof a === "number" && a < 0 ? a + rank : a,
  );
  if (list.some((a) => !(Number.isInteger(a) && a >= 0 && a < rank))) {
    refuseAsTfjs(call, `"axis" ${JSON.stringify(axis)} does not fit an input of rank ${rank}`);
  }
  return list;
}

/** y = x * scale + shift with scale = gamma / sqrt(variance + epsilon), computed in double precision. */
export const BatchNormalization: LayerFunction = (call) => {
  const { b, config } = call;
  const rank = call.x.shape.length;
  const [axis, ...more] = axes(call);
  if (axis === undefined || more.length > 0)
    refuse(`"axis" ${JSON.stringify(config.axis)} names several axes; tfjs takes one`);
  const epsilon = number(config, "epsilon", 1e-3);
  const mean = expectShape(call.weight("moving_mean"), [call.x.shape[axis]], call.x);
  const n = mean.shape[0] as number;
  const variance = expectShape(call.weight("moving_variance"), [n]);
  const gamma = flag(config, "scale", true) ? expectShape(call.weight("gamma"), [n]) : undefined;
  const beta = flag(config, "center", true) ? expectShape(call.weight("beta"), [n]) : undefined;
  const scale = new Float32Array(n);
  const shift = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const s = Number(gamma?.data[i] ?? 1) / Math.sqrt(Number(variance.data[i]) + epsilon);
    scale[i] = s;
    shift[i] = Number(beta?.data[i] ?? 0) - Number(mean.data[i]) * s;
  }
  // [n] broadcasts from the right; on any other axis ones follow
  const shape = [n, ...Array<number>(rank - 1 - axis).fill(1)];
  const scaled = b.op("Mul", [float(b, call.x), b.floats("scale", scale, shape)]);
  return b.op("Add", [scaled, b.floats("shift", shift, shape)]);
};

/** Over trailing axes one LayerNormalization; over others the formula. Population variance in both. */
export const LayerNormalization: LayerFunction = (call) => {
  const { b, config } = call;
  const rank = call.x.shape.length;
  const over = axes(call);
  const epsilon = number(config, "epsilon", 1e-3);
  const x = float(b, call.x);
  const dims = over.map((a) => x.shape[a] ?? null);
  const gamma = flag(config, "scale", true) ? axisWeight(call, "gamma") : undefined;
  const beta = flag(config, "center", true) ? axisWeight(call, "beta") : undefined;
  // the operator needs a scale of known size
  const sizes = gamma?.shape ?? beta?.shape ?? (isStatic(dims) ? dims : undefined);
  const first = over[0] as number;
  if (sizes && over.every((a, i) => a === rank - over.length + i)) {
    const scale = gamma ?? b.floats("gamma", new Float32Array(sizeOf(sizes)).fill(1), sizes);
    return b.op("LayerNormalization", [x, scale, beta], { axis: first - rank, epsilon });
  }
  const spread = x.shape
    .slice(first)
    .map((_, i) => (over.includes(i + first) ? (sizes?.[over.indexOf(i + first)] ?? 1) : 1));
  const centred = b.op("Sub", [x, b.op("ReduceMean", [x], { axes: over, keepdims: 1 })]);
  const variance = b.op("ReduceMean", [b.op("Mul", [centred, centred])], {
    axes: over,
    keepdims: 1,
  });
  let y = b.op("Div", [centred, b.op("Sqrt", [b.op("Add", [variance, b.scalar(epsilon)])])]);
  if (gamma) y = b.op("Mul", [y, { ...gamma, shape: spread }]);
  if (beta) y = b.op("Add", [y, { ...beta, shape: spread }]);
  return y;
};

/**
 * A weight has the axes in the order of the config; tfjs reshapes it to their order in the input, without moving a
 * value.
 */
function axisWeight(call: LayerCall, name: string): Constant {
  const { shape } = call.x;
  const given = axesAsGiven(call).map((axis) => shape[axis] ?? null);
  const weight = expectShape(call.weight(name), given, call.x);
  const dims = axes(call).map((axis) => shape[axis] ?? null);
  return isStatic(dims) ? { ...weight, shape: dims } : weight;
}

/** Each group of channels of a sample is normalised by its own mean and variance. */
export const GroupNormalization: LayerFunction = (call) => {
  const { b, config } = call;
  const rank = call.x.shape.length;
  const [axis] = axes(call) as [number];
  const channels = known(call.x, axis, "number of channels");
  const given = number(config, "groups", 32);
  const groups = given === -1 ? channels : given;
  if (channels % groups !== 0) refuse(`${channels} channels do not divide into ${groups} groups`);
  const epsilon = number(config, "epsilon", 1e-3);
  // [N, C, ...rest] -> [N, groups, everything else of the group]
  const perm = [0, axis, ...Array.from({ length: rank }, (_, i) => i).slice(1)].filter(
    (a, i, all) => all.indexOf(a) === i,
  );
  const first = b.transpose(float(b, call.x), perm);
  const grouped = b.reshape(first, [0, groups, -1]);
  const centred = b.op("Sub", [grouped, b.op("ReduceMean", [grouped], { axes: [2], keepdims: 1 })]);
  const variance = b.op("ReduceMean", [b.op("Mul", [centred, centred])], {
    axes: [2],
    keepdims: 1,
  });
  const std = b.op("Sqrt", [b.op("Add", [variance, b.scalar(epsilon)])]);
  const normal = b.op("Div", [centred, std]);
  const sizes = first.shape.map((d, i) => (typeof d === "number" ? d : b.size(first, i)));
  let y = b.reshapeTo(normal, sizes, first.shape);
  const spread = [channels, ...Array<number>(rank - 2).fill(1)];
  for (const [name, key, op] of [
    ["gamma", "scale", "Mul"],
    ["beta", "center", "Add"],
  ] as const) {
    if (!flag(config, key, true)) continue;
    const weight = expectShape(call.weight(name), [channels], call.x);
    y = b.op(op, [y, { ...weight, shape: spread }]);
  }
  return b.transpose(
    y,
    perm.map((_, i) => perm.indexOf(i)),
  );
};

/** x / sqrt(max(sum(x^2), 1e-12)) over the axes. */
export const UnitNormalization: LayerFunction = (call) => {
  const { b } = call;
  const x = float(b, call.x);
  const sum = b.op("ReduceSum", [b.op("Mul", [x, x]), b.ints(axes(call))], { keepdims: 1 });
  return b.op("Div", [x, b.op("Sqrt", [b.op("Max", [sum, b.scalar(1e-12)])])]);
};

/** x / sqrt(mean(x^2) + epsilon) * scale over the last axes. */
export const RMSNormalization: LayerFunction = (call) => {
  const { b, config } = call;
  const x = float(b, call.x);
  const over = axes(call);
  if (over.length !== 1 || over[0] !== x.shape.length - 1)
    refuse(`"axis" ${JSON.stringify(config.axis)} is not the last one alone`);
  const square = b.op("ReduceMean", [b.op("Mul", [x, x])], { axes: over, keepdims: 1 });
  const rms = b.op("Sqrt", [b.op("Add", [square, b.scalar(number(config, "epsilon", 1e-6))])]);
  const scale = expectShape(call.weight("scale"), [x.shape.at(-1)], x);
  return b.op("Mul", [b.op("Div", [x, rms]), scale]);
};
