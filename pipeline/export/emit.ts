/** Visits a model's layers in the order in which tfjs executes them and lets each write its nodes. */
import type { Builder } from "./builder.ts";
import { checkArguments } from "./callArguments.ts";
import type { LayerConfig } from "./config.ts";
import { type ConversionIssue, Refusal, refuse, TfjsRefusal } from "./errors.ts";
import { executionOrder, keyOf } from "./executionOrder.ts";
import { type Constant, isConstant, type Shape, type Tensor, uniqueName } from "./ir.ts";
import { isKeras, type LayerCall, type LayerFunction } from "./layers/layer.ts";
import { outputMask } from "./layers/masks.ts";
import { nearest } from "./nearest.ts";
import type { LayerInputs } from "./nodes.ts";
import type { Purpose } from "./purpose.ts";
import { KERAS_LAYERS, LAYERS } from "./registry.ts";
import type { LayerDef, ModelDef } from "./topology.ts";
import type { FindWeight } from "./weightNames.ts";

/** Everything one conversion shares while its layers are written. */
export interface Emission {
  b: Builder;
  findWeight: FindWeight;
  issues: ConversionIssue[];
  /** Whether an issue is of what TensorFlow.js does not load or run either. */
  failsInTfjs: boolean;
  /** Names of the weights that a layer has read. */
  usedWeights: Set<string>;
  /**
   * The keyword arguments tfjs hands from layer to layer. They exist from the first mask on, and the mask in them is
   * replaced but never cleared: later layers get it too, whether or not it has to do with their input.
   */
  kwargs: { mask: Tensor | undefined } | undefined;
  /** States kept between calls, by the layer's path and the state's name. */
  states: Map<string, State>;
  /** Name of the batch size. */
  batch: string;
  /** What the graph shall be fast for. */
  purpose: Purpose;
  /** The user's own layers, by class name. */
  layers: Readonly<Record<string, LayerFunction>>;
}

/** A state of a stateful layer: fed as a graph input, handed back as a graph output. */
interface State {
  input: Tensor;
  output: Tensor | undefined;
}

/** The outputs of one call. tfjs gives all of them the mask of the first. */
interface CallOutputs {
  tensors: Tensor[];
  mask: Tensor | undefined;
}

/** Thrown where a layer reads an input that a refused layer should have given. */
class UnknownInput extends Error {}

function unknown(): never {
  throw new UnknownInput();
}

/**
 * Stands for the output of a refused layer, so that the layers behind it are still checked: each runs until it reads
 * this input, and whatever it refuses before that is reported too.
 */
const UNKNOWN = new Proxy({} as Tensor, { get: unknown, has: unknown, ownKeys: unknown });

interface MaskedTensor {
  tensor: Tensor;
  mask: Tensor | undefined;
}

/**
 * Writes one call of a model. `undefined` in the result: the output depends on a layer with an issue,
 * which has been noted in `emission.issues`.
 */
export function emitModel(
  emission: Emission,
  model: ModelDef,
  inputs: readonly Tensor[],
  scope: string,
  mask?: Tensor,
): (MaskedTensor | undefined)[] {
  const done = new Map<string, CallOutputs | undefined>();
  for (const [i, ref] of model.inputs.entries()) {
    const tensor = inputs[i];
    done.set(keyOf(ref), tensor && { tensors: [tensor], mask: i === 0 ? mask : undefined });
  }
  for (const ref of executionOrder(model, new Set(done.keys()))) {
    const layer = model.layers.get(ref.layer) as LayerDef;
    const given = layer.calls[ref.call - layer.firstCall] ?? { inputs: [] };
    const sources = given.inputs;
    const values = sources.map((source) => done.get(keyOf(source)));
    const tensors = values.map((value, i) => value?.tensors[sources[i]?.tensor ?? 0]);
    if (tensors.some((tensor, i) => !tensor && values[i])) {
      emission.issues.push({
        path: layer.path,
        message: "reads an output that its input layer does not have",
      });
    }
    const masks = values.map((value) => value?.mask);
    const mask = given.mask && done.get(keyOf(given.mask))?.tensors[given.mask.tensor];
    if (given.mask) masks[0] = mask && emission.b.cast(mask, "bool");
    const known = tensors.map((tensor) => tensor ?? UNKNOWN);
    const call = { layer, index: ref.call, given, inputs: known, masks, scope };
    done.set(keyOf(ref), emitCall(emission, call));
  }
  return model.outputs.map((ref) => {
    const value = done.get(keyOf(ref));
    const tensor = value?.tensors[ref.tensor];
    return value && tensor && { tensor, mask: value.mask };
  });
}

interface Call {
  layer: LayerDef;
  /** Which of the layer's calls it is, counted as the topology does. */
  index: number;
  given: LayerInputs;
  inputs: Tensor[];
  masks: (Tensor | undefined)[];
  /** Path of the model around the layer, with "/" at its end. */
  scope: string;
}

/** One call of one layer. A refusal becomes an issue with the layer's path, and the other layers go on. */
function emitCall(
  emission: Emission,
  { layer, index, given, inputs, masks, scope }: Call,
): CallOutputs | undefined {
  const outer = emission.b.scope;
  const nth = index - layer.firstCall;
  const own = `${scope}${layer.name}${nth > 0 ? `.${nth}` : ""}`;
  emission.b.scope = own;
  try {
    if (layer.model?.inlined) return emitInlined(emission, layer.model, inputs, own);
    const leaked = leakedMask(emission, masks);
    // the masks of an input that is not known are not either
    const unknownMask = inputs.includes(UNKNOWN);
    const mask = unknownMask
      ? undefined
      : layer.dialect === "tfjs"
        ? leaked
        : ownMask(given, masks);
    if (isKeras({ layer }) && isOurs(emission, layer)) checkArguments(layer, given);
    const context = { layer, given, inputs, masks, prefix: layer.name, mask, scope: own };
    const call = makeCall(emission, context);
    const tensors = emitLayer(emission, call, own);
    emission.b.scope = own;
    return { tensors, mask: outputMask(call, masks) };
  } catch (error) {
    if (error instanceof UnknownInput) return undefined;
    if (!(error instanceof Refusal)) throw error;
    if (error instanceof TfjsRefusal) emission.failsInTfjs = true;
    // an empty refusal: the issue is in a nested model and is in the list already
    if (error.message)
      emission.issues.push({ path: layer.path, message: `(${layer.className}) ${error.message}` });
    return undefined;
  } finally {
    emission.b.scope = outer;
  }
}

/** The mask that Keras hands to a call. */
function ownMask(
  { mask, maskFrom, unmasked }: LayerInputs,
  masks: readonly (Tensor | undefined)[],
): Tensor | undefined {
  if (maskFrom && !masks[0])
    refuse(`is given a mask by "${maskFrom}", although its input has none; that is not converted`);
  return mask || maskFrom || !unmasked ? masks[0] : undefined;
}

/** The mask that tfjs hands to a call: the last one it has seen, whichever input it belongs to. */
function leakedMask(
  emission: Emission,
  masks: readonly (Tensor | undefined)[],
): Tensor | undefined {
  if (masks.some((m) => m)) {
    emission.kwargs ??= { mask: undefined };
    emission.kwargs.mask = masks[0];
  }
  return emission.kwargs?.mask;
}

/** The nodes of one layer or, for a nested model, of all its layers. */
function emitLayer(emission: Emission, call: LayerCall, scope: string): Tensor[] {
  const { layer, inputs } = call;
  if (layer.model && layer.dialect !== "tfjs") {
    const outputs = emitModel(emission, layer.model, inputs, `${scope}/`, call.mask);
    return outputs.map((output) => output?.tensor ?? refuse(""));
  }
  if (layer.model) {
    const outer = emission.kwargs;
    emission.kwargs ??= { mask: undefined };
    const outputs = emitModel(emission, layer.model, inputs, `${scope}/`);
    // masks made inside leave the model only where there was a place to put them
    emission.kwargs = outer;
    return outputs.map((output) => output?.tensor ?? refuse(""));
  }
  const { layers } = emission;
  const of = <T>(table: Readonly<Record<string, T>>) =>
    Object.hasOwn(table, layer.className) ? table[layer.className] : undefined;
  const own = of(layers);
  if (own) return writeCustom(own, call);
  const write = of(LAYERS) ?? of(KERAS_LAYERS);
  if (!write) refuse(noConversion(layer.className));
  const result = write(call);
  return Array.isArray(result) ? result : [result];
}

/** Whether the converter itself writes the layer. */
function isOurs({ layers }: Emission, { className, model }: LayerDef): boolean {
  if (Object.hasOwn(layers, className)) return false;
  return (
    Boolean(model) || Object.hasOwn(LAYERS, className) || Object.hasOwn(KERAS_LAYERS, className)
  );
}

/** What is said of a class that is in neither table. */
function noConversion(className: string): string {
  const own = `(layers: { ${className}: ... }, on the command line --layers FILE.mjs)`;
  if (className === "Lambda")
    return `holds Python code, which only Python can run; give a function that writes its ONNX nodes ${own}`;
  const meant = nearest(className, [...Object.keys(LAYERS), ...Object.keys(KERAS_LAYERS)]);
  const hint = meant ? `; did you mean ${meant}?` : "";
  return `unknown layer class "${className}"${hint}; docs/converter.md lists all known classes; for a class of your own, give a function ${own}`;
}

/** A layer of the user's: whatever goes wrong in the function is an issue of the layer, not of the converter. */
function writeCustom(write: LayerFunction, call: LayerCall): Tensor[] {
  const { b, inputs } = call;
  let result: unknown;
  try {
    result = write(call);
  } catch (error) {
    if (error instanceof Refusal || error instanceof UnknownInput) throw error;
    refuse(`your function failed: ${error instanceof Error ? error.message : error}`);
  }
  return [result].flat().map((t) => {
    const tensor = t as Tensor | undefined;
    const name = typeof tensor === "object" ? tensor?.name : undefined;
    if (!name) refuse("your function must return a tensor, or a list of them, that b has made");
    if (tensor && isConstant(tensor)) return b.op("Identity", [tensor]);
    return (
      b.graph.values.get(name) ??
      inputs.find((input) => input.name === name) ??
      refuse(`your function returned the tensor "${name}", which b has not made`)
    );
  });
}

/** A model that is the first layer of a Sequential: its layers run as if they were the Sequential's own. */
function emitInlined(
  emission: Emission,
  model: ModelDef,
  inputs: readonly Tensor[],
  scope: string,
): CallOutputs {
  const [output] = emitModel(emission, model, inputs, `${scope}/`);
  return output ? { tensors: [output.tensor], mask: output.mask } : refuse("");
}

interface CallContext {
  layer: LayerDef;
  given?: LayerInputs;
  inputs: readonly Tensor[];
  masks?: readonly (Tensor | undefined)[];
  /** The start of the names of its weights. */
  prefix: string;
  mask: Tensor | undefined;
  /** The start of the names of its nodes. */
  scope: string;
}

/** What a layer function is given. */
function makeCall(emission: Emission, context: CallContext): LayerCall {
  const { layer, inputs, prefix, mask, scope } = context;
  const x = inputs[0];
  if (!x) refuse("has no input");
  const call: LayerCall = {
    b: emission.b,
    layer,
    config: layer.config,
    x,
    inputs,
    mask,
    prefix,
    purpose: emission.purpose,
    masks: context.masks ?? [],
    args: context.given?.args ?? [],
    kwargs: context.given?.kwargs ?? {},
    weight(name) {
      const found = call.optionalWeight(name);
      if (!found) refuse(`weight "${prefix}/${name}" is not in the weights file`);
      return found;
    },
    optionalWeight(name): Constant | undefined {
      const weight = emission.findWeight(prefix, name, layer);
      if (!weight) return undefined;
      emission.usedWeights.add(weight.name);
      const data =
        weight.data instanceof Float32Array ? weight.data : Float32Array.from(weight.data);
      return emission.b.constant(`${prefix}/${name}`, "float32", weight.shape, data);
    },
    apply(inner, given, innerPrefix) {
      const own = { layer: inner, inputs: given, prefix: innerPrefix, mask: undefined, scope };
      return emitLayer(emission, makeCall(emission, own), scope);
    },
    withWeights(newPrefix, part, config: LayerConfig = layer.config) {
      const own = { ...layer, config, stored: `${layer.stored}/${part}` };
      return makeCall(emission, { ...context, layer: own, prefix: newPrefix });
    },
    state(name, shape) {
      const full = `${layer.path}/${name}`;
      const slot = emission.states.get(full) ?? {
        input: graphState(emission, full, shape),
        output: undefined,
      };
      emission.states.set(full, slot);
      return {
        // a second call of a shared layer continues from the states of the first
        input: slot.output ?? slot.input,
        update(value) {
          slot.output = value;
        },
      };
    },
  };
  return call;
}

/** A new graph input for a state. */
function graphState({ b }: Emission, name: string, shape: Shape): Tensor {
  const input = { name: uniqueName(b.graph, name), dtype: "float32" as const, shape };
  b.graph.values.set(input.name, input);
  b.graph.inputs.push(input);
  return input;
}
