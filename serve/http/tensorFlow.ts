/** Addresses of TensorFlow Serving's REST API. */

import type { RequestListener } from "node:http";

/** `/v1/models/NAME:predict`, also with a version. */
const PREDICT = /^(\/v1\/models\/[^?]+):predict(?=\?|$)/;

/** Makes the listener see `/v1/models/NAME/predict` where the client asks for `/v1/models/NAME:predict`. */
export function withTensorFlowPaths(listener: RequestListener): RequestListener {
  return (request, response) => {
    request.url = request.url!.replace(PREDICT, "$1/predict");
    listener(request, response);
  };
}
