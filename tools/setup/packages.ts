/** Packages of the npm registry that a set-up needs, by version and hash. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** Hash of the archive, in the registry's notation. */
  readonly integrity: string;
}

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

/**
 * Fetches a package's archive with npm, and unpacks it without running its scripts.
 *
 * @param target Folder that becomes the package's.
 * @throws Error if npm cannot fetch it, or the archive is another one.
 */
export async function fetchPackage(
  { name, version, integrity }: NpmPackage,
  work: string,
  target: string,
): Promise<void> {
  const args = ["pack", `${name}@${version}`, "--json", "--pack-destination", work];
  const { stdout } = await run("npm", args, { maxBuffer: 1 << 28 });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const archive = join(work, filename);
  const found = `sha512-${createHash("sha512")
    .update(await readFile(archive))
    .digest("base64")}`;
  if (found !== integrity) {
    throw new Error(
      `the archive of ${name} ${version} has the hash ${found}, expected ${integrity}; check the registry`,
    );
  }
  await mkdir(target, { recursive: true });
  await run("tar", ["-xzf", archive, "-C", target, "--strip-components=1"]);
}
