/** A storage in a bucket of S3, or of a server that speaks its protocol: an object per content, and one per name. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { PutObjectCommandInput, S3Client } from "@aws-sdk/client-s3";
import { sha256, sha256File, writeFileAtomic } from "../files.ts";
import { loadOnce } from "../loadOnce.ts";
import { packageVersion } from "../packageVersion.ts";
import { openScratch } from "./s3Scratch.ts";
import { checked, checkName, checkSha256, damaged, missing, type Storage } from "./storage.ts";

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
  const placeOf = (key: string) => `s3://${bucket}/${key}`;
  const contentKey = (digest: string) => `${prefix}contents/${digest.slice(0, 2)}/${digest}`;
  const nameKey = (name: string) => `${prefix}names/${name}`;

  /** Loaded only where it is wanted. */
  const open = loadOnce(async () => {
    const sdk = await import("@aws-sdk/client-s3");
    const { AWS_REGION: region, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 } = process.env;
    const s3: S3Client = new sdk.S3Client({
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

  /** @returns Undefined if there is no such object. */
  async function openObject(key: string) {
    const { sdk, s3 } = await open();
    try {
      return (await s3.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }))).Body!;
    } catch (error) {
      if (error instanceof sdk.NoSuchKey) return undefined;
      throw describe(error as Error, key);
    }
  }

  /** @returns Undefined if there is no such object. */
  async function read(key: string): Promise<Uint8Array | undefined> {
    return (await openObject(key))?.transformToByteArray();
  }

  /** A body that may be sent more than once. */
  interface Body {
    readonly make: () => Uint8Array | string | Readable;
    readonly bytes: number;
    readonly sha256: string;
  }

  function bodyOf(content: Uint8Array | string): Body {
    return {
      make: () => content,
      bytes: Buffer.byteLength(content),
      sha256: sha256(content),
    };
  }

  /** Keys with their sizes. */
  async function list(prefix: string): Promise<Map<string, number>> {
    const { sdk, s3 } = await open();
    const found = new Map<string, number>();
    const pages = sdk.paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix });
    try {
      for await (const { Contents = [] } of pages) {
        for (const { Key, Size = 0 } of Contents) found.set(Key!, Size);
      }
    } catch (error) {
      throw describe(error as Error, prefix);
    }
    return found;
  }

  /** @returns False if there is an object of this key already, unless it is to be replaced. */
  async function create(key: string, body: Body, replace = false): Promise<boolean> {
    const { sdk, s3 } = await open();
    for (let tries = 1; ; tries++) {
      const input: PutObjectCommandInput = {
        ...{ Bucket: bucket, Key: key, Body: body.make(), ContentLength: body.bytes },
        ...(replace ? {} : { IfNoneMatch: "*" }),
        // The server refuses what has been damaged on its way.
        ChecksumSHA256: Buffer.from(body.sha256, "hex").toString("base64"),
      };
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
    const text = `${placeOf(key)} cannot be used (${error.name}: ${error.message})`;
    return new Error(/credentials/i.test(error.message) ? `${text}; ${CREDENTIALS}` : text, {
      cause: error,
    });
  }

  /** Keeps a content; a damaged one in its place is replaced: whoever comes later would fail on it. */
  async function keep(body: Body): Promise<string> {
    const key = contentKey(body.sha256);
    if (await create(key, body)) return body.sha256;
    if (!(await isSound(key, body.sha256))) await create(key, body, true);
    return body.sha256;
  }

  async function isSound(key: string, digest: string): Promise<boolean> {
    const object = await openObject(key);
    if (object === undefined) return false;
    const hash = createHash("sha256");
    for await (const piece of object as Readable) hash.update(piece as Buffer);
    return hash.digest("hex") === digest;
  }

  async function named(name: string): Promise<string | undefined> {
    checkName(name);
    const content = await read(nameKey(name));
    return content && Buffer.from(content).toString();
  }

  return {
    url,
    put: (content) => keep(bodyOf(content)),
    async putFile(path) {
      const body = { make: () => createReadStream(path), ...(await sha256File(path)) };
      // Looked for first: the SDK warns where a stream is refused.
      const key = contentKey(body.sha256);
      if (!(await isSound(key, body.sha256))) await create(key, body, true);
      return body.sha256;
    },
    async get(digest) {
      checkSha256(digest);
      const key = contentKey(digest);
      const content = await read(key);
      if (content === undefined) throw new Error(missing(placeOf(key)));
      if (sha256(content) !== digest) throw new Error(damaged(placeOf(key)));
      return content;
    },
    async getFile(digest, path) {
      checkSha256(digest);
      const key = contentKey(digest);
      const object = await openObject(key);
      if (object === undefined) throw new Error(missing(placeOf(key)));
      await writeFileAtomic(path, checked(object as Readable, digest, damaged(placeOf(key))));
    },
    named,
    async name(name, text) {
      checkName(name);
      return (await create(nameKey(name), bodyOf(text))) ? text : (await named(name))!;
    },
    scratch(name) {
      checkName(name);
      const folder = join(tmpdir(), "marquee-scratch", sha256(url).slice(0, 12), name);
      return openScratch(folder, `${prefix}scratch/${name}/`, {
        list,
        async read(key, path) {
          await writeFileAtomic(path, (await openObject(key)) as Readable);
        },
        async write(key, path) {
          // Logs grow: what is read at once is hashed as it is sent.
          await create(key, bodyOf(await readFile(path)), true);
        },
        async remove(key) {
          const { sdk, s3 } = await open();
          await s3.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key }));
        },
      });
    },
  };
}

const CREDENTIALS = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment";
