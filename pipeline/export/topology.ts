/** Reads a model's topology JSON into typed layers and calls, whatever Keras or tfjs version wrote it. */
import { camelKeys, isRecord, type LayerConfig } from "./config.ts";
import { type ConversionIssue, ConvertError, reject } from "./errors.ts";

/** The `tensor`-th output of the `call`-th call of a layer. */
export interface TensorRef {
  layer: string;
  call: number;
  tensor: number;
}

/** A layer as the topology describes it. */
export interface LayerDef {
  className: string;
  name: string;
  /** Names of the models around it and its own, joined by "/". */
  path: string;
  config: LayerConfig;
  /** Input tensors of each call. */
  calls: TensorRef[][];
  /** The layers inside, where the layer is a model itself. */
  model?: ModelDef;
}

/** A model, outermost or nested, with its layers in the order of the file. */
export interface ModelDef {
  kind: "Sequential" | "Functional";
  name: string;
  path: string;
  layers: Map<string, LayerDef>;
  inputs: TensorRef[];
  outputs: TensorRef[];
  /** The first layer of a Sequential: tfjs takes over its layers instead of calling it. */
  inlined?: boolean;
}

/** Classes whose config holds layers. */
export const MODEL_CLASSES = ["Sequential", "Model", "Functional"];

/** Throws ConvertError for anything that is not the topology of a layers model. */
export function readTopology(topology: unknown): ModelDef {
  if (!isRecord(topology)) {
    reject(
      "modelTopology",
      `must be an object, it is ${topology === null ? "null (a weights-only file)" : typeof topology}`,
    );
  }
  if ("node" in topology) {
    reject(
      "modelTopology",
      'this is a graph model (format "graph-model"), made for inference from a TensorFlow graph; the converter takes layers models',
    );
  }
  const outer = camelKeys(topology) as LayerConfig;
  let root: unknown = outer.modelConfig ?? outer;
  if (typeof root === "string") root = camelKeys(parse(root));
  if (!isRecord(root) || typeof root.className !== "string" || root.config === undefined) {
    reject("modelTopology", "has no class_name and config; it is not a Keras or tfjs layers model");
  }
  if (!MODEL_CLASSES.includes(root.className)) {
    reject(
      "modelTopology",
      `the model's class is "${root.className}"; it must be one of ${MODEL_CLASSES.join(", ")}`,
    );
  }
  const issues: ConversionIssue[] = [];
  const model = readModel(root.className, root.config, "", issues);
  if (issues.length > 0) throw new ConvertError(issues);
  return model;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    reject("modelTopology", "model_config is a string that is not JSON");
  }
}

/** Adds issues to the list and reads on, so that all of them are found at once. */
function readModel(
  className: string,
  config: unknown,
  path: string,
  issues: ConversionIssue[],
): ModelDef {
  const record: LayerConfig = isRecord(config) ? config : {};
  const list = Array.isArray(config) ? config : record.layers;
  const name = typeof record.name === "string" ? record.name : (path.split("/").at(-1) ?? "");
  const kind = className === "Sequential" ? "Sequential" : "Functional";
  const model: ModelDef = { kind, name, path, layers: new Map(), inputs: [], outputs: [] };
  const report = (message: string, at = path) =>
    issues.push({ path: at || "modelTopology", message });
  if (!Array.isArray(list) || list.length === 0) {
    report("the model has no layers");
    return model;
  }
  for (const [i, item] of list.entries()) {
    const layer = readLayer(item, i, path, issues);
    if (!layer) continue;
    if (model.layers.has(layer.name))
      report(`two layers have the name "${layer.name}"`, layer.path);
    model.layers.set(layer.name, layer);
  }
  if (kind === "Sequential") return chain(model, report);
  for (const [i, item] of list.entries()) {
    const layer = [...model.layers.values()][i];
    if (layer) layer.calls = readCalls(item, layer, report);
  }
  model.inputs = readRefs(record.inputLayers, "input_layers", report);
  model.outputs = readRefs(record.outputLayers, "output_layers", report);
  checkReferences(model, report);
  return model;
}

function readLayer(
  item: unknown,
  index: number,
  path: string,
  issues: ConversionIssue[],
): LayerDef | undefined {
  const at = path ? `${path}/layers[${index}]` : `layers[${index}]`;
  if (!isRecord(item) || typeof item.className !== "string") {
    issues.push({ path: at, message: "is not a layer: class_name is missing" });
    return undefined;
  }
  const config = (item.config ?? {}) as LayerConfig;
  const named = isRecord(config) ? config.name : undefined;
  const name =
    [item.name, named].find((n): n is string => typeof n === "string") ??
    `${item.className.toLowerCase()}_${index}`;
  const layerPath = path ? `${path}/${name}` : name;
  const layer: LayerDef = {
    className: item.className,
    name,
    path: layerPath,
    config: isRecord(config) ? config : {},
    calls: [],
  };
  if (isRecord(config) && (config.batchShape !== undefined || isRecord(config.dtype))) {
    issues.push({
      path: layerPath,
      message:
        "is a Keras 3 config (batch_shape or a DTypePolicy), which TensorFlow.js cannot load; save the model with Keras 2 (tf_keras)",
    });
  }
  if (MODEL_CLASSES.includes(item.className))
    layer.model = readModel(item.className, config, layerPath, issues);
  return layer;
}

/** A Sequential's layers call each other in order; one without an InputLayer gets one with its first layer's shape. */
function chain(model: ModelDef, report: (message: string, at?: string) => void): ModelDef {
  const layers = [...model.layers.values()];
  const first = layers[0];
  if (!first) return model;
  if (first.model) first.model.inlined = true;
  if (first.className !== "InputLayer") {
    const input = sequentialInput(model, first);
    if (!input) {
      report("has no input shape; give the first layer a batch_input_shape", first.path);
      return model;
    }
    layers.unshift(input);
    model.layers = new Map(layers.map((layer) => [layer.name, layer]));
  }
  for (const [i, layer] of layers.entries()) {
    const before = layers[i - 1];
    if (before) layer.calls = [[{ layer: before.name, call: firstCall(before), tensor: 0 }]];
  }
  const last = layers.at(-1) ?? first;
  model.inputs = [{ layer: layers[0]?.name ?? "", call: 0, tensor: 0 }];
  model.outputs = [{ layer: last.name, call: firstCall(last), tensor: 0 }];
  return model;
}

function sequentialInput(model: ModelDef, first: LayerDef): LayerDef | undefined {
  const inner = first.model && innermostInput(first.model);
  const source = inner?.config ?? firstConfig(first);
  let shape = source.batchInputShape;
  if (shape === undefined && Array.isArray(source.inputShape)) shape = [null, ...source.inputShape];
  if (shape === undefined && first.className === "Embedding") {
    const length = source.inputLength;
    shape = [null, ...(Array.isArray(length) ? length : [length ?? null])];
  }
  if (!Array.isArray(shape)) return undefined;
  // tfjs calls the input of a Sequential after its first layer
  const name = inner ? inner.name : `${first.name}_input`;
  const dtype = source.dtype ?? "float32";
  const path = model.path ? `${model.path}/${name}` : name;
  return {
    className: "InputLayer",
    name,
    path,
    config: { batchInputShape: shape, dtype, name },
    calls: [],
  };
}

/** Wrappers (TimeDistributed, Bidirectional) carry the shape themselves or in the layer they wrap. */
function firstConfig(layer: LayerDef): LayerConfig {
  if (layer.config.batchInputShape !== undefined) return layer.config;
  const wrapped = layer.config.layer;
  return isRecord(wrapped) && isRecord(wrapped.config) && layer.className === "Bidirectional"
    ? { ...wrapped.config, ...layer.config, batchInputShape: wrapped.config.batchInputShape }
    : layer.config;
}

/** The input layer a nested model starts with. */
function innermostInput(model: ModelDef): LayerDef | undefined {
  const ref = model.inputs[0];
  return ref && model.layers.get(ref.layer);
}

function readCalls(
  item: unknown,
  layer: LayerDef,
  report: (message: string, at?: string) => void,
): TensorRef[][] {
  const nodes = isRecord(item) ? item.inboundNodes : undefined;
  if (!Array.isArray(nodes)) {
    report("inbound_nodes is missing", layer.path);
    return [];
  }
  if (nodes.some((node) => !Array.isArray(node))) {
    report(
      "inbound_nodes is not a list of lists (Keras 3 writes objects there, which TensorFlow.js cannot load)",
      layer.path,
    );
    return [];
  }
  return nodes.map((node) =>
    readRefs(node, "inbound_nodes", (message) => report(message, layer.path)),
  );
}

/** Triples `[layer, call, tensor]`; a single triple may stand without the list around it. */
function readRefs(value: unknown, key: string, report: (message: string) => void): TensorRef[] {
  const list = Array.isArray(value) && typeof value[0] === "string" ? [value] : value;
  if (!Array.isArray(list)) {
    report(`${key} is missing`);
    return [];
  }
  return list.flatMap((entry): TensorRef[] => {
    const [layer, call = 0, tensor = 0] = Array.isArray(entry) ? entry : [];
    if (typeof layer === "string" && typeof call === "number" && typeof tensor === "number") {
      return [{ layer, call, tensor }];
    }
    report(`${key} holds ${JSON.stringify(entry)} instead of [layer, node, tensor]`);
    return [];
  });
}

/** A nested model is called for the first time at its own definition, so its outer calls count from 1. */
export function firstCall(layer: LayerDef): number {
  return layer.model ? 1 : 0;
}

/** Every reference must lead to a layer and a call that exist, and no call may feed itself. */
function checkReferences(model: ModelDef, report: (message: string, at?: string) => void): void {
  const state = new Map<string, "open" | "done">();
  const visit = (ref: TensorRef, from: string): void => {
    const layer = model.layers.get(ref.layer);
    if (!layer)
      return void report(`takes its input from layer "${ref.layer}", which does not exist`, from);
    const key = `${ref.layer}#${ref.call}`;
    if (state.get(key) === "done") return;
    if (state.get(key) === "open")
      return void report(`is part of a cycle: its input depends on its own output`, layer.path);
    const inputs = layer.className === "InputLayer" ? [] : layer.calls[ref.call - firstCall(layer)];
    if (!inputs) {
      return void report(
        `takes its input from call ${ref.call} of layer "${ref.layer}", which has ${layer.calls.length}`,
        from,
      );
    }
    state.set(key, "open");
    for (const input of inputs) visit(input, layer.path);
    state.set(key, "done");
  };
  for (const layer of model.layers.values()) {
    for (const call of layer.calls.keys()) {
      visit({ layer: layer.name, call: call + firstCall(layer), tensor: 0 }, layer.path);
    }
  }
  for (const ref of [...model.inputs, ...model.outputs]) visit(ref, model.path || "the model");
}

/** A wrapped layer (of TimeDistributed, Bidirectional) or cell from its nested config. */
export function readWrapped(value: unknown, path: string): LayerDef {
  const issues: ConversionIssue[] = [];
  const layer = readLayer(value, 0, path, issues);
  if (issues.length > 0 || !layer) throw new ConvertError(issues);
  return layer;
}
