/** An S3 server of a test's own, on a free port of this machine: moto, which keeps objects in memory. */

import { spawn, spawnSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { freePort } from "../freePort.ts";

/** Names another program than the one on the path. */
const MOTO = process.env.MOTO_SERVER ?? "moto_server";

/** Why tests with S3 are skipped here, or false. */
export const noS3 =
  spawnSync(MOTO, ["--help"]).status === 0
    ? (false as const)
    : "moto_server is not installed; run: pip install 'moto[server]'";

export interface TestS3 {
  /** What clients need in their environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly bucket: string;
  remove(): void;
}

export async function startS3(): Promise<TestS3> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = spawn(MOTO, ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  for (;;) {
    if (server.exitCode !== null) throw new Error(`moto_server ended: ${server.exitCode}`);
    if (await fetch(endpoint).catch(() => undefined)) break;
    await pause(50);
  }
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const s3 = new S3Client({ endpoint, credentials, region: "us-east-1", forcePathStyle: true });
  const bucket = "marquee";
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  s3.destroy();
  const environment = {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  return { environment, bucket, remove: () => void server.kill("SIGKILL") };
}
