/** Preprocessing layers that tfjs runs inside a model. */
import { number } from "../config.ts";
import { float, type LayerFunction } from "./layer.ts";

/** x * scale + offset, in float32 whatever the input's type. */
export const Rescaling: LayerFunction = ({ b, config, x }) => {
  const scale = number(config, "scale");
  const offset = number(config, "offset", 0);
  const y = b.op("Mul", [float(b, x), b.scalar(scale)]);
  return offset === 0 ? y : b.op("Add", [y, b.scalar(offset)]);
};
