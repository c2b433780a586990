/**
 * Where machines that work together keep what they make: contents under their SHA-256, and names that lead to contents.
 * Nothing is ever changed in place, so that any number of writers may write the same thing at the same time.
 */

import { createHash } from "node:crypto";
import * as z from "zod";

export interface Storage {
  /** As options name it, for messages. */
  readonly url: string;
  /**
   * Keeps a content; one that is there already is not written again.
   *
   * @returns Its SHA-256, lower-case hex.
   * @throws Error naming what cannot be written, with the code of the system's error.
   */
  put(content: Uint8Array): Promise<string>;
  /** The same for what is in a file, of any size. */
  putFile(path: string): Promise<string>;
  /** @throws Error if the content is not there, or is not what was put. */
  get(sha256: string): Promise<Uint8Array>;
  /** The same into a file, which is there whole or not at all. */
  getFile(sha256: string, path: string): Promise<void>;
  /**
   * Names a text once and for all: of several writers the first wins.
   *
   * @param name Letters, digits, "_", "-" and ".", in parts that do not begin with ".", between "/".
   * @returns What the name stands for now.
   */
  name(name: string, text: string): Promise<string>;
  /** What a name stands for; undefined if it has not been given. */
  named(name: string): Promise<string | undefined>;
  /** For files that are replaced while work goes on, such as checkpoints. */
  scratch(name: string): Scratch;
}

/** A folder that machines take over from each other: one is at work in it at a time. */
export interface Scratch {
  /** On this machine, or shared by all. */
  readonly folder: string;
  /** Brings what others have left into the folder. */
  pull(): Promise<void>;
  /** Leaves what is in the folder to others. */
  push(): Promise<void>;
  /** The same, for good: of a copy that is this machine's own, nothing stays. */
  leave(): Promise<void>;
  /** Removes it, here and for others. */
  remove(): Promise<void>;
}

const NAME = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/;

/** @throws Error for names that could lead outside, or that a storage could not hold. */
export function checkName(name: string): void {
  if (!NAME.test(name)) throw new Error(`internal: "${name}" cannot name anything in a storage`);
}

const SHA256 = /^[0-9a-f]{64}$/;

/** Checks digests that come from outside. */
export const sha256Schema = z.string().regex(SHA256, "must be a SHA-256 in hexadecimal");

/** Hands on pieces, and fails at their end if they are not what the digest says. */
export async function* checked(
  pieces: AsyncIterable<Uint8Array>,
  digest: string,
  error: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
  if (hash.digest("hex") !== digest) throw new Error(error);
}

/** "is damaged", for a content at some place. */
export function damaged(place: string): string {
  return `${place} is damaged: its content does not match the SHA-256 in its name`;
}

/** "is missing", for a content at some place. */
export function missing(place: string): string {
  return `${place} is missing; do all machines have the same --storage?`;
}

export function checkSha256(text: string): void {
  if (!SHA256.test(text)) throw new Error(`"${text}" is not a SHA-256`);
}
