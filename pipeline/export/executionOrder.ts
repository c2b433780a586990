/** The order in which a model's calls are written. */
import { readBy, type TensorRef } from "./nodes.ts";
import type { LayerDef, ModelDef } from "./topology.ts";

/** Tells the calls of a model apart. */
export const keyOf = ({ layer, call }: TensorRef) => `${layer}#${call}`;

/**
 * The order in which tfjs executes: for each output a depth-first walk in which the last input pushed is
 * visited first. It matters because masks leak along it.
 */
export function executionOrder(model: ModelDef, given: ReadonlySet<string>): TensorRef[] {
  const visited = new Set(given);
  const order: TensorRef[] = [];
  for (const output of model.outputs) {
    const stack = [{ ref: output, open: false }];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const layer = model.layers.get(top.ref.layer) as LayerDef;
      if (visited.has(keyOf(top.ref))) {
        stack.pop();
      } else if (top.open) {
        stack.pop();
        visited.add(keyOf(top.ref));
        order.push(top.ref);
      } else {
        top.open = true;
        const call = layer.calls[top.ref.call - layer.firstCall] ?? { inputs: [] };
        for (const ref of readBy(call))
          if (!visited.has(keyOf(ref))) stack.push({ ref, open: false });
      }
    }
  }
  return order;
}
