/** Packages of the npm registry that a set-up needs, by version and hash. */

import type { NpmPackage } from "../../pipeline/pretrained/registry/npm.ts";

/** The JavaScript and the C++ sources of TensorFlow's Node binding; its own install script would fetch TensorFlow 2.9. */
export const TFJS_NODE: NpmPackage = {
  name: "@tensorflow/tfjs-node",
  version: "4.22.0",
  integrity:
    "sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==",
};
/** What its JavaScript loads besides tfjs. */
export const PROTOBUF: NpmPackage = {
  name: "google-protobuf",
  version: "3.21.4",
  integrity:
    "sha512-MnG7N936zcKTco4Jd2PX2U96Kf9PxygAPKBug+74LHzmHXmceN16MmRcdgZv+DGef/S9YvQAfRsNCn4cjf9yyQ==",
};
/** The C headers of Node-API, which are the same for every Node. */
export const NODE_HEADERS: NpmPackage = {
  name: "node-api-headers",
  version: "1.9.0",
  integrity:
    "sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==",
};
