/** The model that answers, and its replacement by a newly published one while requests are served. */

import { readFile } from "node:fs/promises";
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

/** A model and the requests that use it; a retired one closes with the last of them. */
interface HostedModel {
  readonly model: Model;
  /** Requests in progress. */
  requests: number;
  retired: boolean;
}

export class ModelHost {
  readonly #options: Options;
  #current: HostedModel;
  /** SHA-256 of the manifest that was read last, used or refused. */
  #lastHash: string;
  #reloading: Promise<void> | undefined;
  readonly #closing = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout | undefined;

  /** @throws Error if the bundle cannot be used. */
  static async open(options: Options): Promise<ModelHost> {
    const hash = (await manifestHash(options.path)) ?? "";
    const model = await openModel(options.path, options);
    const host = new ModelHost(options, model, hash);
    host.#announce(model, "model loaded");
    return host;
  }

  private constructor(options: Options, model: Model, hash: string) {
    this.#options = options;
    this.#current = { model, requests: 0, retired: false };
    this.#lastHash = hash;
    if (options.reloadSeconds > 0) {
      this.#timer = setInterval(() => void this.#checkForNewBundle(), options.reloadSeconds * 1000);
      this.#timer.unref();
    }
  }

  get model(): Model {
    return this.#current.model;
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
    const hash = await manifestHash(this.#options.path);
    // There is no manifest for a moment while a bundle is replaced.
    if (hash !== undefined && hash !== this.#lastHash) await this.reload();
  }

  async #swap(): Promise<void> {
    const { path, log, onReload } = this.#options;
    const hash = await manifestHash(path);
    try {
      const model = await openModel(path, this.#options);
      const old = this.#current;
      this.#current = { model, requests: 0, retired: false };
      this.#announce(model, "new model swapped in");
      onReload?.("swapped");
      old.retired = true;
      if (old.requests === 0) this.#close(old);
    } catch (error) {
      // The bundle was replaced while it was read, so files of two bundles were mixed.
      if ((await manifestHash(path)) !== hash) return this.#swap();
      log.error(
        { reason: (error as Error).message, serving: this.model.version },
        "new bundle refused; the old one stays",
      );
      onReload?.("refused");
    }
    if (hash !== undefined) this.#lastHash = hash;
  }

  #announce({ manifest, version, provider, precision, refused }: Model, message: string): void {
    const { log } = this.#options;
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

async function manifestHash(path: string): Promise<string | undefined> {
  try {
    return sha256(await readFile(join(resolveBundlePath(path), MANIFEST_FILE)));
  } catch {
    return undefined;
  }
}
