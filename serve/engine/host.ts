/** The model that answers, and its replacement by a newly published one while requests are served. */

import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { resolveBundlePath } from "../../node/bundle.ts";
import { sha256 } from "../../node/files.ts";
import { MANIFEST_FILE } from "../../predictor/manifest.ts";
import { type Model, type ModelOptions, openModel } from "./model.ts";

interface Options extends ModelOptions {
  readonly path: string;
  readonly log: Logger;
  /** How often to look for a new bundle; 0: never. */
  readonly reloadSeconds: number;
  readonly onReload?: (outcome: "swapped" | "refused") => void;
}

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
  /** Of its manifest. */
  readonly hash: string | undefined;
  /** Of its files, before they were read. */
  readonly files: string;
  /** On the clock of `performance.now`. */
  readonly retryAt: number;
}

/** A model and the requests that use it; a retired one closes with the last of them. */
interface HostedModel {
  readonly model: Model;
  /** SHA-256 of its manifest's file. */
  readonly hash: string | undefined;
  /** Requests in progress. */
  requests: number;
  retired: boolean;
}

export class ModelHost {
  readonly #options: Options;
  #current: HostedModel;
  #refused: RefusedBundle | undefined;
  #checking = false;
  #reloading: Promise<void> | undefined;
  readonly #closing = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout | undefined;

  /** @throws Error if the bundle cannot be used. */
  static async open(options: Options): Promise<ModelHost> {
    const hash = await manifestHash(options.path);
    const model = await openModel(options.path, options);
    const host = new ModelHost(options, model, hash);
    host.#announce(model, "model loaded");
    return host;
  }

  private constructor(options: Options, model: Model, hash: string | undefined) {
    this.#options = options;
    this.#current = { model, hash, requests: 0, retired: false };
    if (options.reloadSeconds > 0) {
      this.#timer = setInterval(() => void this.#checkForNewBundle(), options.reloadSeconds * 1000);
      this.#timer.unref();
    }
  }

  get model(): Model {
    return this.#current.model;
  }

  /** Why an older bundle answers than the one on disk; undefined if it is that one. */
  get refused(): Refusal | undefined {
    return this.#refused;
  }

  /** Runs `work` on the current model, which stays open until `work` is done. */
  async use<T>(work: (model: Model) => Promise<T>): Promise<T> {
    const hosted = this.#current;
    hosted.requests++;
    try {
      return await work(hosted.model);
    } finally {
      hosted.requests--;
      if (hosted.retired && hosted.requests === 0) this.#close(hosted);
    }
  }

  /** Opens the bundle anew and swaps it in; one that cannot be used is refused, and the old model stays. */
  reload(): Promise<void> {
    this.#reloading ??= this.#swap().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reloading;
    this.#close(this.#current);
    await Promise.all(this.#closing);
  }

  async #checkForNewBundle(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    try {
      if (await this.#isNew()) await this.reload();
    } finally {
      this.#checking = false;
    }
  }

  async #isNew(): Promise<boolean> {
    const { path } = this.#options;
    const hash = await manifestHash(path);
    // There is no manifest for a moment while a bundle is replaced.
    if (hash === undefined) return false;
    if (hash === this.#current.hash) {
      this.#refused = undefined;
      return false;
    }
    const refused = this.#refused;
    if (refused === undefined || refused.hash !== hash) return true;
    // It may be copied file by file, the manifest first.
    return performance.now() >= refused.retryAt && refused.files !== (await filesOf(path));
  }

  async #swap(): Promise<void> {
    const { path, onReload } = this.#options;
    const [hash, files] = [await manifestHash(path), await filesOf(path)];
    try {
      const model = await openModel(path, this.#options);
      const old = this.#current;
      this.#current = { model, hash, requests: 0, retired: false };
      this.#refused = undefined;
      this.#announce(model, "new model swapped in");
      onReload?.("swapped");
      old.retired = true;
      if (old.requests === 0) this.#close(old);
    } catch (error) {
      // The bundle was replaced while it was read, so files of two bundles were mixed.
      if ((await manifestHash(path)) !== hash) return this.#swap();
      this.#refuse((error as Error).message, hash, files);
      onReload?.("refused");
    }
  }

  #refuse(message: string, hash: string | undefined, files: string): void {
    const { path, log, reloadSeconds } = this.#options;
    const last = this.#refused?.hash === hash ? this.#refused : undefined;
    const tries = (last?.tries ?? 0) + 1;
    const pause = Math.min(MAX_PAUSE_MS, reloadSeconds * 1000 * 2 ** (tries - 1));
    const reason = message.replaceAll(resolveBundlePath(path), "the bundle").replaceAll(path, "it");
    const since = last?.since ?? new Date();
    this.#refused = { hash, files, reason, since, tries, retryAt: performance.now() + pause };
    const details = { reason: message, serving: this.model.version, tries };
    if (last?.reason === reason) log.info(details, "new bundle refused again");
    else log.error(details, "new bundle refused; the old one stays");
  }

  #announce(model: Model, message: string): void {
    const { manifest, version, provider, precision, refused, driftIssue } = model;
    const { log } = this.#options;
    if (driftIssue !== undefined) log.warn({ reason: driftIssue }, "drift is not watched");
    if (refused.length > 0) {
      const reasons = refused.map(({ provider: name, reason }) => `${name} (${reason})`);
      log.warn({ provider }, `running on ${provider}; passed over: ${reasons.join(", ")}`);
    }
    log.info({ model: manifest.name, version, precision, provider }, message);
  }

  #close(hosted: HostedModel): void {
    const closing = hosted.model.close().catch((error: Error) => {
      this.#options.log.error({ reason: error.message }, "a model did not close");
    });
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
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
async function filesOf(path: string): Promise<string> {
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
