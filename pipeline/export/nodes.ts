/** Reads how layers are called: Keras 2 and tfjs write lists of triples, Keras 3 writes arguments with tensors in them. */
import { isRecord } from "./config.ts";

/** The `tensor`-th output of the `call`-th call of a layer. */
export interface TensorRef {
  layer: string;
  call: number;
  tensor: number;
}

/** Stands in arguments for the call's input of that index. */
export class InputSlot {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

/** One call of a layer. */
export interface LayerInputs {
  /** All tensors in the order of the arguments, masks left out. */
  inputs: TensorRef[];
  /** The names of the inputs where the call has them by name. */
  names?: readonly string[];
  /** The mask that Keras wrote with the call. Without one, that of the first input counts. */
  mask?: TensorRef;
  /** The operation that made the mask, where it is one that Keras 3 writes itself for the mask of a layer before. */
  maskFrom?: string;
  /** Keras 3 gives a call with several arguments of tensors (a sequence and its initial state) no mask by itself. */
  unmasked?: boolean;
  /** Whether the call has masks for further inputs. */
  laterMasks?: boolean;
  /** The arguments of Keras 3, of Keras 2 those with a name; tensors are InputSlots. */
  args?: readonly unknown[];
  kwargs?: Readonly<Record<string, unknown>>;
}

/** All tensors that a call reads: its inputs, and the mask it may be given. */
export function readBy({ inputs, mask }: LayerInputs): TensorRef[] {
  return mask ? [...inputs, mask] : inputs;
}

/** Reports something wrong with a layer's nodes. */
export type Report = (message: string) => void;

/** All calls of a layer from its `inbound_nodes`; `named` whether named arguments of Keras 2 are read, which tfjs ignores. */
export function readCalls(nodes: unknown, report: Report, named: boolean): LayerInputs[] {
  if (!Array.isArray(nodes)) {
    report("inbound_nodes is missing");
    return [];
  }
  // a single call may stand without the list around it
  const list = typeof nodes[0]?.[0] === "string" ? [nodes] : nodes;
  return list.flatMap((node) => {
    if (Array.isArray(node)) {
      const inputs = readRefs(node, "inbound_nodes", report);
      return [named ? withNamed(inputs, namedOf(node)) : { inputs }];
    }
    if (isRecord(node) && ("args" in node || "kwargs" in node))
      return [readArguments(node, report)];
    if (isRecord(node)) return [readByName(node, report)];
    report(`inbound_nodes holds ${JSON.stringify(node)} instead of a list or arguments`);
    return [];
  });
}

/** A Keras 2 node of a model whose inputs have names: `{name: [layer, node, tensor, named arguments]}`. */
function readByName(node: Record<string, unknown>, report: Report): LayerInputs {
  const names = Object.keys(node).toSorted();
  const inputs = names.flatMap((name) => readRefs([node[name]], "inbound_nodes", report));
  return { ...withNamed(inputs, namedOf(Object.values(node))), names };
}

/** The named arguments of a Keras 2 node, which every input of it repeats. */
function namedOf(node: readonly unknown[]): Record<string, unknown> {
  const first = Array.isArray(node[0]) ? node[0] : node;
  return isRecord(first[3]) ? first[3] : {};
}

/** Named arguments of Keras 2: tensors among them are `[layer, node, tensor]`. */
function withNamed(own: TensorRef[], named: Record<string, unknown>): LayerInputs {
  const inputs = [...own];
  const place = (value: unknown): unknown => {
    const ref = refOf(value);
    if (ref) return new InputSlot(inputs.push(ref) - 1);
    return Array.isArray(value) ? value.map(place) : value;
  };
  const { mask, ...others } = named;
  const given = refOf(mask);
  const kwargs = Object.fromEntries(Object.entries(others).map(([key, v]) => [key, place(v)]));
  const laterMasks = Array.isArray(mask) && !given && mask.some((m) => m !== null);
  return { inputs, kwargs, laterMasks, ...(given ? { mask: given } : {}) };
}

/** A tensor of the model as Keras 2 writes it among the arguments of a call. */
export function refOf(value: unknown): TensorRef | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [layer, call, tensor] = value;
  return typeof layer === "string" && typeof call === "number" && typeof tensor === "number"
    ? { layer, call, tensor }
    : undefined;
}

/** A Keras 3 node: `{args, kwargs}`, in which `__keras_tensor__` objects stand for tensors. */
function readArguments(node: Record<string, unknown>, report: Report): LayerInputs {
  const inputs: TensorRef[] = [];
  const place = (value: unknown): unknown => {
    const ref = kerasTensor(value, report);
    if (ref) return new InputSlot(inputs.push(ref) - 1);
    if (Array.isArray(value)) return value.map(place);
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, place(v)]));
  };
  const [first] = Array.isArray(node.args) ? node.args : [];
  const names = isRecord(first) && !kerasTensor(first, report) ? Object.keys(first) : undefined;
  const { mask, ...named } = isRecord(node.kwargs) ? node.kwargs : {};
  const args = Array.isArray(node.args) ? node.args.map(place) : [];
  const kwargs = place(named) as Record<string, unknown>;
  const masks = (Array.isArray(mask) ? mask : [mask]).map((m) => kerasTensor(m, report));
  const filled = [...args, ...Object.values(kwargs)].filter(holdsInput).length;
  const laterMasks = masks.slice(1).some((m) => m);
  const unmasked = filled > 1;
  return {
    inputs,
    args,
    kwargs,
    unmasked,
    laterMasks,
    ...(names ? { names } : {}),
    ...(masks[0] ? { mask: masks[0] } : {}),
  };
}

function holdsInput(value: unknown): boolean {
  return value instanceof InputSlot || (Array.isArray(value) && value.some(holdsInput));
}

function kerasTensor(value: unknown, report: Report): TensorRef | undefined {
  if (!isRecord(value) || value.className !== "__keras_tensor__") return undefined;
  const history = isRecord(value.config) ? value.config.kerasHistory : undefined;
  return readRefs([history], "keras_history", report)[0];
}

/** The call with the inputs that a model of these names wants, in their order. */
export function inOrder(call: LayerInputs, wanted: readonly string[], report: Report): LayerInputs {
  const { names, inputs } = call;
  if (!names) return call;
  const missing = wanted.find((name) => !names.includes(name));
  if (missing !== undefined) {
    report(`is called with the inputs ${names.join(", ")}, it has an input "${missing}"`);
    return call;
  }
  return { ...call, inputs: wanted.map((name) => inputs[names.indexOf(name)] as TensorRef) };
}

/**
 * Triples `[layer, call, tensor]`; a single one may stand without the list around it, and models with named inputs or
 * outputs have them by name. Keras counts those of a model inside another one in the order of their names.
 */
export function readRefs(value: unknown, key: string, report: Report, inner = false): TensorRef[] {
  if (isRecord(value)) {
    const names = inner ? Object.keys(value).toSorted() : Object.keys(value);
    return names.flatMap((name) => readRefs(value[name], key, report));
  }
  const list = Array.isArray(value) && typeof value[0] === "string" ? [value] : value;
  if (!Array.isArray(list)) {
    report(`${key} is missing`);
    return [];
  }
  return list.flatMap((entry): TensorRef[] => {
    // the states of stacked cells are lists in the list
    if (Array.isArray(entry) && Array.isArray(entry[0])) return readRefs(entry, key, report);
    const [layer, call = 0, tensor = 0] = Array.isArray(entry) ? entry : [];
    if (typeof layer === "string" && typeof call === "number" && typeof tensor === "number") {
      return [{ layer, call, tensor }];
    }
    report(`${key} holds ${JSON.stringify(entry)} instead of [layer, node, tensor]`);
    return [];
  });
}
