/** The model that answers now, and its replacement by a newly published one without a request noticing. */

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
  /** 0 does not look by itself. */
  readonly reloadSeconds: number;
  readonly onReload?: (outcome: "swapped" | "refused") => void;
}

interface Held {
  readonly model: Model;
  users: number;
  retired: boolean;
}

export class ModelHost {
  readonly #options: Options;
  #held: Held;
  /** SHA-256 of the manifest that was looked at last, used or refused. */
  #seen: string;
  #reloading: Promise<void> | undefined;
  readonly #closing = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout | undefined;

  /** @throws Error if the bundle cannot be used. */
  static async open(options: Options): Promise<ModelHost> {
    const seen = (await manifestHash(options.path)) ?? "";
    const model = await openModel(options.path, options);
    const host = new ModelHost(options, model, seen);
    host.#announce(model, "model loaded");
    return host;
  }

  private constructor(options: Options, model: Model, seen: string) {
    this.#options = options;
    this.#held = { model, users: 0, retired: false };
    this.#seen = seen;
    if (options.reloadSeconds > 0) {
      this.#timer = setInterval(() => void this.#look(), options.reloadSeconds * 1000);
      this.#timer.unref();
    }
  }

  get model(): Model {
    return this.#held.model;
  }

  /** Runs `work` on the model of this moment, which stays open until it is done. */
  async use<T>(work: (model: Model) => Promise<T>): Promise<T> {
    const held = this.#held;
    held.users++;
    try {
      return await work(held.model);
    } finally {
      held.users--;
      if (held.retired && held.users === 0) this.#close(held);
    }
  }

  /** Opens what is published now and puts it in the old one's place; what cannot be used is refused, and the old one stays. */
  reload(): Promise<void> {
    this.#reloading ??= this.#swap().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reloading;
    this.#close(this.#held);
    await Promise.all(this.#closing);
  }

  async #look(): Promise<void> {
    const hash = await manifestHash(this.#options.path);
    // Gone for a moment: a bundle is being replaced.
    if (hash !== undefined && hash !== this.#seen) await this.reload();
  }

  async #swap(): Promise<void> {
    const { path, log, onReload } = this.#options;
    const hash = await manifestHash(path);
    try {
      const model = await openModel(path, this.#options);
      const old = this.#held;
      this.#held = { model, users: 0, retired: false };
      this.#announce(model, "new model swapped in");
      onReload?.("swapped");
      old.retired = true;
      if (old.users === 0) this.#close(old);
    } catch (error) {
      // Replaced while it was read: what was seen was half of each.
      if ((await manifestHash(path)) !== hash) return this.#swap();
      log.error(
        { reason: (error as Error).message, serving: this.model.version },
        "new bundle refused; the old one goes on serving",
      );
      onReload?.("refused");
    }
    if (hash !== undefined) this.#seen = hash;
  }

  #announce({ manifest, version, provider, precision, refused }: Model, message: string): void {
    const { log } = this.#options;
    if (refused.length > 0) {
      const reasons = refused.map(({ provider: name, reason }) => `${name} (${reason})`);
      log.warn({ provider }, `running on ${provider}; passed over: ${reasons.join(", ")}`);
    }
    log.info({ model: manifest.name, version, precision, provider }, message);
  }

  #close(held: Held): void {
    const closing = held.model.close().catch((error: Error) => {
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
