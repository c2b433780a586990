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
  /** Only Keras 3 writes the mask that a call is given; where `explicit`, a call without one has none. */
  mask?: TensorRef;
  explicit?: boolean;
  /** The arguments of Keras 3; tensors are InputSlots. */
  args?: readonly unknown[];
  kwargs?: Readonly<Record<string, unknown>>;
}

/** Reports something wrong with a layer's nodes. */
export type Report = (message: string) => void;

/** All calls of a layer from its `inbound_nodes`. */
export function readCalls(nodes: unknown, report: Report): LayerInputs[] {
  if (!Array.isArray(nodes)) {
    report("inbound_nodes is missing");
    return [];
  }
  // a single call may stand without the list around it
  const list = typeof nodes[0]?.[0] === "string" ? [nodes] : nodes;
  return list.flatMap((node) => {
    if (Array.isArray(node)) return [{ inputs: readRefs(node, "inbound_nodes", report) }];
    if (isRecord(node)) return [readArguments(node, report)];
    report(`inbound_nodes holds ${JSON.stringify(node)} instead of a list or arguments`);
    return [];
  });
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
  const { mask, ...named } = isRecord(node.kwargs) ? node.kwargs : {};
  const args = Array.isArray(node.args) ? node.args.map(place) : [];
  const kwargs = place(named) as Record<string, unknown>;
  const masks = (Array.isArray(mask) ? mask : [mask]).map((m) => kerasTensor(m, report));
  return { inputs, args, kwargs, explicit: true, ...(masks[0] ? { mask: masks[0] } : {}) };
}

function kerasTensor(value: unknown, report: Report): TensorRef | undefined {
  if (!isRecord(value) || value.className !== "__keras_tensor__") return undefined;
  const history = isRecord(value.config) ? value.config.kerasHistory : undefined;
  return readRefs([history], "keras_history", report)[0];
}

/**
 * Triples `[layer, call, tensor]`; a single one may stand without the list around it, and models with named inputs
 * have them by name.
 */
export function readRefs(value: unknown, key: string, report: Report): TensorRef[] {
  if (isRecord(value)) return Object.values(value).flatMap((v) => readRefs(v, key, report));
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
