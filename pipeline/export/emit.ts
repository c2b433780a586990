/** Runs through a model's layers in tfjs's order of execution and lets each write its nodes. */
import type { Builder } from "./builder.ts";
import type { LayerConfig } from "./config.ts";
import { type ConversionIssue, Refusal, refuse } from "./errors.ts";
import { type Constant, type Shape, type Tensor, uniqueName } from "./ir.ts";
import type { LayerCall } from "./layers/layer.ts";
import { MASK_RULES } from "./layers/masks.ts";
import { LAYERS } from "./registry.ts";
import { firstCall, type LayerDef, type ModelDef, type TensorRef } from "./topology.ts";
import type { FindWeight } from "./weightNames.ts";

/** Everything one conversion shares while its layers are written. */
export interface Emission {
  b: Builder;
  findWeight: FindWeight;
  issues: ConversionIssue[];
  used: Set<string>;
  /**
   * The keyword arguments tfjs hands from layer to layer. They exist from the first mask on, and the mask in them is
   * replaced but never cleared: later layers get it too, whether or not it has to do with their input.
   */
  kwargs: { mask: Tensor | undefined } | undefined;
  /** States kept between calls, by the layer's scope and the state's name. */
  states: Map<string, State>;
  batch: string;
}

/** A state of a stateful layer: fed as a graph input, handed back as a graph output. */
interface State {
  input: Tensor;
  output: Tensor | undefined;
}

const key = ({ layer, call }: TensorRef) => `${layer}#${call}`;

/** What a call left behind; tfjs gives all its outputs the mask of the first. */
interface Value {
  tensors: Tensor[];
  mask: Tensor | undefined;
}

/** Thrown where a layer looks at an input that the layer before it could not give. */
class UnknownInput extends Error {}

function unknown(): never {
  throw new UnknownInput();
}

/**
 * Stands for the output of a refused layer, so that the layers behind it are still tried: they go as far as their
 * configs and weights carry them, and what they refuse until then is reported too.
 */
const UNKNOWN = new Proxy({} as Tensor, { get: unknown, has: unknown, ownKeys: unknown });

interface Output {
  tensor: Tensor;
  mask: Tensor | undefined;
}

/**
 * Writes one call of a model. `undefined` in the result: the output depends on a layer with an issue,
 * which has been noted in `run.issues`.
 */
export function emitModel(
  run: Emission,
  model: ModelDef,
  inputs: readonly Tensor[],
  scope: string,
): (Output | undefined)[] {
  const done = new Map<string, Value | undefined>();
  for (const [i, ref] of model.inputs.entries()) {
    const tensor = inputs[i];
    done.set(key(ref), tensor && { tensors: [tensor], mask: undefined });
  }
  for (const ref of executionOrder(model, new Set(done.keys()))) {
    const layer = model.layers.get(ref.layer) as LayerDef;
    const sources = callInputs(layer, ref);
    const values = sources.map((source) => done.get(key(source)));
    const tensors = values.map((value, i) => value?.tensors[sources[i]?.tensor ?? 0]);
    if (tensors.some((tensor, i) => !tensor && values[i])) {
      run.issues.push({
        path: layer.path,
        message: "takes an output its input layer does not have",
      });
    }
    const masks = values.map((value) => value?.mask);
    const known = tensors.map((tensor) => tensor ?? UNKNOWN);
    done.set(key(ref), emitCall(run, layer, ref.call, known, masks, scope));
  }
  return model.outputs.map((ref) => {
    const value = done.get(key(ref));
    const tensor = value?.tensors[ref.tensor];
    return value && tensor && { tensor, mask: value.mask };
  });
}

/** The tensors a call reads. */
function callInputs(layer: LayerDef, ref: TensorRef): TensorRef[] {
  return layer.calls[ref.call - firstCall(layer)] ?? [];
}

/**
 * The order in which tfjs executes: for each output a depth-first walk in which the last input pushed is
 * visited first. It matters because masks leak along it.
 */
function executionOrder(model: ModelDef, given: ReadonlySet<string>): TensorRef[] {
  const visited = new Set(given);
  const order: TensorRef[] = [];
  for (const output of model.outputs) {
    const stack = [{ ref: output, open: false }];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const layer = model.layers.get(top.ref.layer) as LayerDef;
      if (visited.has(key(top.ref))) {
        stack.pop();
      } else if (top.open) {
        stack.pop();
        visited.add(key(top.ref));
        order.push(top.ref);
      } else {
        top.open = true;
        for (const ref of callInputs(layer, top.ref))
          if (!visited.has(key(ref))) stack.push({ ref, open: false });
      }
    }
  }
  return order;
}

/** One call of one layer; a refusal becomes an issue with the layer's path, and the others go on. */
function emitCall(
  run: Emission,
  layer: LayerDef,
  index: number,
  inputs: Tensor[],
  masks: (Tensor | undefined)[],
  scope: string,
): Value | undefined {
  const outer = run.b.scope;
  const nth = index - firstCall(layer);
  const own = `${scope}${layer.name}${nth > 0 ? `.${nth}` : ""}`;
  run.b.scope = own;
  try {
    if (layer.model?.inlined) return emitInlined(run, layer.model, inputs, own);
    if (masks.some((m) => m)) {
      run.kwargs ??= { mask: undefined };
      run.kwargs.mask = masks[0];
    }
    const mask = inputs.includes(UNKNOWN) ? undefined : run.kwargs?.mask;
    const call = makeCall(run, layer, inputs, layer.name, mask, own);
    const tensors = emitLayer(run, call, own);
    run.b.scope = own;
    return { tensors, mask: MASK_RULES[layer.className]?.(call, masks) };
  } catch (error) {
    if (error instanceof UnknownInput) return undefined;
    if (!(error instanceof Refusal)) throw error;
    // an empty refusal: the issue is inside and has been noted there
    if (error.message)
      run.issues.push({ path: layer.path, message: `(${layer.className}) ${error.message}` });
    return undefined;
  } finally {
    run.b.scope = outer;
  }
}

/** The nodes of one layer or, for a nested model, of all its layers. */
function emitLayer(run: Emission, call: LayerCall, scope: string): Tensor[] {
  const { layer, inputs } = call;
  if (layer.model) {
    const outer = run.kwargs;
    run.kwargs ??= { mask: undefined };
    const outputs = emitModel(run, layer.model, inputs, `${scope}/`);
    // masks made inside leave the model only where there was a place to put them
    run.kwargs = outer;
    return outputs.map((output) => output?.tensor ?? refuse(""));
  }
  const write = LAYERS[layer.className];
  if (!write)
    refuse(
      `unknown layer class "${layer.className}"; convertible are ${Object.keys(LAYERS).sort().join(", ")}`,
    );
  const result = write(call);
  return Array.isArray(result) ? result : [result];
}

/** A model that is the first layer of a Sequential: its layers run as if they were the Sequential's own. */
function emitInlined(
  run: Emission,
  model: ModelDef,
  inputs: readonly Tensor[],
  scope: string,
): Value {
  const [output] = emitModel(run, model, inputs, `${scope}/`);
  return output ? { tensors: [output.tensor], mask: output.mask } : refuse("");
}

/** What a layer function is handed; `prefix` is where its weights' names start. */
function makeCall(
  run: Emission,
  layer: LayerDef,
  inputs: readonly Tensor[],
  prefix: string,
  mask: Tensor | undefined,
  scope: string,
): LayerCall {
  const x = inputs[0];
  if (!x) refuse("has no input");
  const call: LayerCall = {
    b: run.b,
    layer,
    config: layer.config,
    x,
    inputs,
    mask,
    prefix,
    weight(name) {
      const found = call.optionalWeight(name);
      if (!found) refuse(`weight "${prefix}/${name}" is not in the weights file`);
      return found;
    },
    optionalWeight(name): Constant | undefined {
      const weight = run.findWeight(prefix, name, layer.className, layer.config);
      if (!weight) return undefined;
      run.used.add(weight.name);
      const data =
        weight.data instanceof Float32Array ? weight.data : Float32Array.from(weight.data);
      return run.b.constant(`${prefix}/${name}`, "float32", weight.shape, data);
    },
    apply(inner, given, innerPrefix) {
      return emitLayer(run, makeCall(run, inner, given, innerPrefix, undefined, scope), scope);
    },
    withWeights(newPrefix, config: LayerConfig = layer.config) {
      return makeCall(run, { ...layer, config }, inputs, newPrefix, mask, scope);
    },
    state(name, shape) {
      const full = `${layer.path}/${name}`;
      const slot = run.states.get(full) ?? {
        input: graphState(run, full, shape),
        output: undefined,
      };
      run.states.set(full, slot);
      return {
        // a second call of a shared layer goes on where the first one stopped
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
