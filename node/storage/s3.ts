/** A storage in a bucket of S3, or of a server that speaks its protocol: an object per content, and one per name. */

import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PutObjectCommandInput, S3Client } from "@aws-sdk/client-s3";
import { sha256 } from "../files.ts";
import { packageVersion } from "../packageVersion.ts";
import { checkName, checkSha256, type Storage } from "./storage.ts";

const PACKAGE = "@aws-sdk/client-s3";
/** Tries of a write that met another one of the same object. */
const TRIES = 5;

/**
 * Endpoint, region and credentials come by the environment, as the AWS SDK reads them: `AWS_ENDPOINT_URL_S3`, `AWS_REGION`,
 * `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and others.
 *
 * @param url `s3://BUCKET` or `s3://BUCKET/PREFIX`.
 * @throws Error if the client's package is not installed, or the address names no bucket.
 */
export function openS3(url: string): Storage {
  const [, bucket, path = ""] = /^s3:\/\/([a-z0-9][a-z0-9.-]*)(?:\/(.*))?$/.exec(url) ?? [];
  if (bucket === undefined) {
    throw new Error(`--storage ${url} names no bucket; write s3://BUCKET/PREFIX`);
  }
  if (packageVersion(PACKAGE) === undefined) {
    throw new Error(`--storage ${url} needs a package: npm install ${PACKAGE}`);
  }
  const prefix = path.replace(/\/*$/, path === "" ? "" : "/");
  const contentKey = (digest: string) => `${prefix}contents/${digest.slice(0, 2)}/${digest}`;
  const nameKey = (name: string) => `${prefix}names/${name}`;
  let client: Promise<{ sdk: typeof import("@aws-sdk/client-s3"); s3: S3Client }> | undefined;

  /** Loaded only where it is wanted. */
  function open() {
    client ??= import("@aws-sdk/client-s3").then((sdk) => {
      const { AWS_REGION: region, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 } = process.env;
      const s3 = new sdk.S3Client({
        // Servers other than Amazon's do not care which.
        region: region ?? "us-east-1",
        // These have no host name for each bucket.
        forcePathStyle: (AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL) !== undefined,
        // Contents bring a SHA-256 of their own; other servers may not know the SDK's default, CRC-64.
        requestChecksumCalculation: "WHEN_REQUIRED",
        responseChecksumValidation: "WHEN_REQUIRED",
      });
      return { sdk, s3 };
    });
    return client;
  }

  /** @returns Undefined if there is no such object. */
  async function read(key: string): Promise<Uint8Array | undefined> {
    const { sdk, s3 } = await open();
    try {
      const { Body } = await s3.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
      return await Body!.transformToByteArray();
    } catch (error) {
      if (error instanceof sdk.NoSuchKey) return undefined;
      throw describe(error as Error, key);
    }
  }

  /** @returns False if there is an object of this key already. */
  async function create(key: string, body: Uint8Array | string): Promise<boolean> {
    const { sdk, s3 } = await open();
    const input: PutObjectCommandInput = {
      ...{ Bucket: bucket, Key: key, Body: body, IfNoneMatch: "*" },
      // The server refuses what has been damaged on its way.
      ChecksumSHA256: Buffer.from(sha256(body), "hex").toString("base64"),
    };
    for (let tries = 1; ; tries++) {
      try {
        await s3.send(new sdk.PutObjectCommand(input));
        return true;
      } catch (error) {
        const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata
          ?.httpStatusCode;
        if (status === 412) return false;
        // Another write of the same object is under way.
        if (status !== 409 || tries === TRIES) throw describe(error as Error, key);
      }
    }
  }

  function describe(error: Error, key: string): Error {
    const text = `s3://${bucket}/${key} cannot be used (${error.name}: ${error.message})`;
    return new Error(/credentials/i.test(error.message) ? `${text}; ${CREDENTIALS}` : text, {
      cause: error,
    });
  }

  async function named(name: string): Promise<string | undefined> {
    checkName(name);
    const content = await read(nameKey(name));
    return content && Buffer.from(content).toString();
  }

  return {
    url,
    async put(content) {
      const digest = sha256(content);
      await create(contentKey(digest), content);
      return digest;
    },
    async get(digest) {
      checkSha256(digest);
      const key = contentKey(digest);
      const content = await read(key);
      const place = `s3://${bucket}/${key}`;
      if (content === undefined) {
        throw new Error(`${place} is missing; do all machines have the same --storage?`);
      }
      if (sha256(content) !== digest) {
        throw new Error(`${place} is damaged: its content does not match the SHA-256 in its name`);
      }
      return content;
    },
    named,
    async name(name, text) {
      checkName(name);
      return (await create(nameKey(name), text)) ? text : (await named(name))!;
    },
    scratch(name) {
      checkName(name);
      return join(tmpdir(), "marquee-scratch", sha256(url).slice(0, 12), name);
    },
  };
}

const CREDENTIALS = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment";
