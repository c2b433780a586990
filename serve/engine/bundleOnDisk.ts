/** A bundle's folder: whether it has changed since it was read, and why it was refused. */

import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { resolveBundlePath } from "../../node/bundle.ts";
import { sha256 } from "../../node/files.ts";
import { MANIFEST_FILE } from "../../predictor/manifest.ts";

/** Longest pause between two tries of a bundle whose files change. */
const MAX_PAUSE_MS = 30_000;

/** Why the bundle on disk is not the one that answers. */
export interface Refusal {
  readonly reason: string;
  /** When this bundle was first refused. */
  readonly since: Date;
  readonly tries: number;
}

interface RefusedBundle extends Refusal {
  /** Hash of its manifest. */
  readonly hash: string | undefined;
  /** Stamp of its files, before they were read. */
  readonly files: string;
  /** On the clock of `performance.now`. */
  readonly retryAt: number;
}

export class BundleOnDisk {
  readonly path: string;
  readonly #firstPauseMs: number;
  /** SHA-256 of the file of the manifest that was read last. */
  #hash: string | undefined;
  #refused: RefusedBundle | undefined;

  /** @param firstPauseMs Between the first two tries of a bundle; later ones are longer. */
  constructor(path: string, firstPauseMs: number) {
    this.path = path;
    this.#firstPauseMs = firstPauseMs;
  }

  /** Why the bundle that is there was not read; undefined if it was. */
  get refused(): Refusal | undefined {
    return this.#refused;
  }

  /**
   * Runs `read`; once more if the bundle was replaced meanwhile, so that files of two were mixed.
   *
   * @throws Whatever `read` throws; the bundle is refused then.
   */
  async reading(read: () => Promise<unknown>): Promise<void> {
    for (;;) {
      const [hash, files] = [await manifestHash(this.path), await filesOf(this.path)];
      try {
        await read();
        this.#hash = hash;
        this.#refused = undefined;
        return;
      } catch (error) {
        if ((await manifestHash(this.path)) !== hash) continue;
        this.#refuse((error as Error).message, hash, files);
        throw error;
      }
    }
  }

  /**
   * Whether there is another bundle than the one read last, or one that was refused has changed.
   *
   * @param isLoaded Whether the one that was read last answers: then it is refused no more if it is there again.
   */
  async isNew(isLoaded: boolean): Promise<boolean> {
    const hash = await manifestHash(this.path);
    // There is no manifest for a moment while a bundle is replaced.
    if (hash === undefined) return false;
    if (hash === this.#hash && isLoaded) {
      this.#refused = undefined;
      return false;
    }
    if (this.#refused === undefined) return hash !== this.#hash;
    return this.#refused.hash !== hash || this.isWorthTrying();
  }

  /** Whether it may be read now: it may be copied file by file, the manifest first. */
  async isWorthTrying(): Promise<boolean> {
    if (this.#refused === undefined) return true;
    const { retryAt, files } = this.#refused;
    return performance.now() >= retryAt && files !== (await filesOf(this.path));
  }

  #refuse(message: string, hash: string | undefined, files: string): void {
    const { path } = this;
    const last = this.#refused?.hash === hash ? this.#refused : undefined;
    const tries = (last?.tries ?? 0) + 1;
    const pause = Math.min(MAX_PAUSE_MS, this.#firstPauseMs * 2 ** (tries - 1));
    const reason = message.replaceAll(resolveBundlePath(path), "the bundle").replaceAll(path, "it");
    const since = last?.since ?? new Date();
    this.#refused = { hash, files, reason, since, tries, retryAt: performance.now() + pause };
  }
}

/** SHA-256 of the manifest's file; undefined if there is none. */
async function manifestHash(path: string): Promise<string | undefined> {
  try {
    return sha256(await readFile(join(resolveBundlePath(path), MANIFEST_FILE)));
  } catch {
    return undefined;
  }
}

/** Changes when a file of the bundle does: where its folder is, and each file's name, size, time and identity. */
export async function filesOf(path: string): Promise<string> {
  try {
    const folder = await realpath(resolveBundlePath(path));
    const names = (await readdir(folder)).sort();
    const files = names.map(async (name) => {
      const { size, mtimeMs, ino } = await stat(join(folder, name));
      return [name, size, mtimeMs, ino];
    });
    return JSON.stringify([folder, ...(await Promise.all(files))]);
  } catch {
    // A file went away between being listed and being looked at.
    return "";
  }
}
