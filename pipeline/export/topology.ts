/** Reads a model's topology JSON into typed layers and calls, whatever Keras or tfjs version wrote it. */
import { camelCase, camelKeys, isRecord, type LayerConfig } from "./config.ts";
import { type Dialect, dialectOf, kerasOf } from "./dialect.ts";
import { type ConversionIssue, ConvertError, reject } from "./errors.ts";
import {
  dropMaskOperations,
  isShape,
  numberCalls,
  storedNames,
  withActivations,
  withInputShape,
} from "./keras3.ts";
import { inOrder, type LayerInputs, readBy, readCalls, readRefs, type TensorRef } from "./nodes.ts";
import { asKeras3Arithmetic, OPERATION_CLASSES, readOperationCalls } from "./operations.ts";

/** A layer as the topology describes it. */
export interface LayerDef {
  className: string;
  name: string;
  /** Names of the models around it and its own, joined by "/". */
  path: string;
  config: LayerConfig;
  /** Whose rules it follows: those of the whole file. */
  dialect: Dialect;
  /** The version of Keras that wrote the file, if it says so. */
  kerasVersion: string;
  /** Where a .keras file has its weights: `layers/dense_1`. */
  stored: string;
  calls: LayerInputs[];
  /** The number of its first call. */
  firstCall: number;
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
  /** The names of the inputs, keys in camelCase, where they are not those of their layers. */
  inputNames?: string[];
  /** The first layer of a Sequential: tfjs takes over its layers instead of calling it. */
  inlined?: boolean;
}

/** Classes whose config holds layers. */
export const MODEL_CLASSES = ["Sequential", "Model", "Functional"];

/**
 * The model, which follows Keras if `asKeras`, else whom its layers say.
 *
 * @throws ConvertError for anything that is not the topology of a layers model.
 */
export function readTopology(topology: unknown, asKeras = false): ModelDef {
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
  const kerasVersion = typeof outer.kerasVersion === "string" ? outer.kerasVersion : "";
  const dialect = asKeras ? kerasOf(kerasVersion) : dialectOf(root, kerasVersion);
  const reading: Reading = { dialect, kerasVersion, issues: [] };
  const model = readModel(reading, root.className, root.config, { path: "", stored: "" });
  if (reading.issues.length > 0) throw new ConvertError(reading.issues);
  return model;
}

/** What all layers of a file share while they are read. */
interface Reading extends Pick<LayerDef, "dialect" | "kerasVersion"> {
  issues: ConversionIssue[];
}

/** Where a layer is: among the layers, and among the weights of a .keras file. */
type Place = Pick<LayerDef, "path" | "stored">;

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    reject("modelTopology", "model_config is a string that is not JSON");
  }
}

/** Adds issues to the list and reads on, so that all of them are found at once. */
function readModel(
  reading: Reading,
  className: string,
  config: unknown,
  { path, stored }: Place,
): ModelDef {
  const record: LayerConfig = isRecord(config) ? config : {};
  const list = Array.isArray(config) ? config : record.layers;
  const name = typeof record.name === "string" ? record.name : (path.split("/").at(-1) ?? "");
  const kind = className === "Sequential" ? "Sequential" : "Functional";
  const model: ModelDef = { kind, name, path, layers: new Map(), inputs: [], outputs: [] };
  const report = (message: string, at = path) =>
    reading.issues.push({ path: at || "modelTopology", message });
  if (!Array.isArray(list) || list.length === 0) {
    report("the model has no layers");
    return model;
  }
  const names = storedNames(list.map((item) => (isRecord(item) ? String(item.className) : "")));
  for (const [i, item] of list.entries()) {
    const place = { path, stored: `${stored ? `${stored}/` : ""}layers/${names[i]}` };
    const layer = readLayer(reading, item, i, place);
    if (!layer) continue;
    if (MODEL_CLASSES.includes(layer.className)) {
      const inner = isRecord(item) ? item.config : undefined;
      layer.model = readModel(reading, layer.className, inner, layer);
    }
    if (model.layers.has(layer.name))
      report(`two layers have the name "${layer.name}"`, layer.path);
    model.layers.set(layer.name, layer);
    if (kind === "Functional") {
      const { inboundNodes } = item as LayerConfig;
      const reportNode = (message: string) => report(message, layer.path);
      layer.calls = OPERATION_CLASSES.includes(layer.className)
        ? readOperationCalls(inboundNodes, reportNode)
        : readCalls(inboundNodes, reportNode, readsNamed(layer));
      asKeras3Arithmetic(layer);
    }
  }
  if (kind === "Sequential") return chain(model, record);
  const inner = path !== "";
  model.inputs = readRefs(record.inputLayers, "input_layers", report, inner);
  model.outputs = readRefs(record.outputLayers, "output_layers", report, inner);
  if (isRecord(record.inputLayers)) model.inputNames = Object.keys(record.inputLayers).toSorted();
  for (const layer of model.layers.values()) takeInOrder(layer, report);
  dropMaskOperations(model);
  numberCalls(model);
  checkReferences(model, report);
  return model;
}

/** The inputs of a model's calls in the order that the model has them. */
function takeInOrder(layer: LayerDef, report: (message: string, at: string) => void): void {
  const { model, path } = layer;
  if (!model) return;
  const names = model.inputNames ?? model.inputs.map((ref) => camelCase(ref.layer));
  layer.calls = layer.calls.map((call) => inOrder(call, names, (message) => report(message, path)));
}

function readLayer(
  { issues, dialect, kerasVersion }: Reading,
  item: unknown,
  index: number,
  { path, stored }: Place,
): LayerDef | undefined {
  const at = path ? `${path}/layers[${index}]` : `layers[${index}]`;
  if (!isRecord(item) || typeof item.className !== "string") {
    issues.push({ path: at, message: "is not a layer: class_name is missing" });
    return undefined;
  }
  const config: LayerConfig = isRecord(item.config) ? item.config : {};
  const name =
    [item.name, config.name].find((n): n is string => typeof n === "string") ??
    `${item.className.toLowerCase()}_${index}`;
  return {
    className: item.className,
    name,
    path: path ? `${path}/${name}` : name,
    config: withActivations(withInputShape(item, config), dialect),
    dialect,
    kerasVersion,
    stored,
    calls: [],
    // tfjs counts a model's own definition as its first call
    firstCall: MODEL_CLASSES.includes(item.className) && dialect !== "keras3" ? 1 : 0,
  };
}

/** tfjs reads no named arguments; CategoryEncoding's weights of counts it cannot do without. */
const readsNamed = ({ dialect, className }: LayerDef): boolean =>
  dialect !== "tfjs" || className === "CategoryEncoding";

/** A Sequential's layers call each other in order; one without an InputLayer gets one with its first layer's shape. */
function chain(model: ModelDef, config: LayerConfig): ModelDef {
  const layers = [...model.layers.values()];
  const first = layers[0];
  if (!first) return model;
  if (first.model) first.model.inlined = true;
  if (first.className !== "InputLayer") {
    layers.unshift(sequentialInput(model, first, config.buildInputShape));
    model.layers = new Map(layers.map((layer) => [layer.name, layer]));
  }
  for (const [i, layer] of layers.entries()) {
    const before = layers[i - 1];
    if (before)
      layer.calls = [{ inputs: [{ layer: before.name, call: before.firstCall, tensor: 0 }] }];
  }
  const last = layers.at(-1) ?? first;
  model.inputs = [{ layer: layers[0]?.name ?? "", call: 0, tensor: 0 }];
  model.outputs = [{ layer: last.name, call: last.firstCall, tensor: 0 }];
  return model;
}

/** An InputLayer with the shape of the first layer, else with the one the model was built for; it may have none. */
function sequentialInput(model: ModelDef, first: LayerDef, built: unknown): LayerDef {
  const inner = first.model && innermostInput(first.model);
  const source = inner?.config ?? firstConfig(first);
  let shape = source.batchInputShape;
  if (shape === undefined && Array.isArray(source.inputShape)) shape = [null, ...source.inputShape];
  if (shape === undefined && isShape(built)) shape = built;
  if (shape === undefined && first.className === "Embedding") {
    const length = source.inputLength;
    shape = [null, ...(Array.isArray(length) ? length : [length ?? null])];
  }
  // tfjs calls the input of a Sequential after its first layer
  const name = inner ? inner.name : `${first.name}_input`;
  const dtype = typeof source.dtype === "string" ? source.dtype : "float32";
  return {
    className: "InputLayer",
    name,
    dialect: first.dialect,
    kerasVersion: first.kerasVersion,
    stored: "",
    path: model.path ? `${model.path}/${name}` : name,
    config: { batchInputShape: shape, dtype, name },
    calls: [],
    firstCall: 0,
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
    const call =
      layer.className === "InputLayer" ? { inputs: [] } : layer.calls[ref.call - layer.firstCall];
    if (!call) {
      return void report(
        `takes its input from call ${ref.call} of layer "${ref.layer}", which has ${layer.calls.length}`,
        from,
      );
    }
    state.set(key, "open");
    for (const input of readBy(call)) visit(input, layer.path);
    state.set(key, "done");
  };
  for (const layer of model.layers.values()) {
    for (const call of layer.calls.keys()) {
      visit({ layer: layer.name, call: call + layer.firstCall, tensor: 0 }, layer.path);
    }
  }
  for (const ref of [...model.inputs, ...model.outputs]) visit(ref, model.path || "the model");
}

/** A wrapped layer (of TimeDistributed, Bidirectional) or cell from its nested config. */
export function readWrapped(value: unknown, around: LayerDef): LayerDef {
  const { path, stored, dialect, kerasVersion } = around;
  const reading: Reading = { dialect, kerasVersion, issues: [] };
  const layer = readLayer(reading, value, 0, { path, stored: `${stored}/layer` });
  if (layer && MODEL_CLASSES.includes(layer.className))
    layer.model = readModel(reading, layer.className, (value as LayerConfig).config, layer);
  if (reading.issues.length > 0 || !layer) throw new ConvertError(reading.issues);
  return layer;
}
